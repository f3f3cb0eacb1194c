//! The texts that stand behind a record: as they are behind their length, or as JSON.

use crate::declarations::{Announcement, Message, Note, PackedNote, SomeData};
use crate::json;
use crate::record::Texts;

// ---- UTF-8, which has no order ----

macro_rules! bytes {
    ($($record:ty),+) => {$(
        impl Texts for $record {
            fn pack(texts: &[&[u8]]) -> Option<Vec<u8>> {
                Some(texts.first()?.to_vec())
            }

            fn unpack(body: &[u8]) -> Option<Vec<Vec<u8>>> {
                Some(vec![body.to_vec()])
            }
        }
    )+};
}

bytes!(Note, PackedNote);

// ---- UTF-16, in the machine's own order here, big-endian on its way ----

macro_rules! units {
    ($($record:ty),+) => {$(
        impl Texts for $record {
            fn pack(texts: &[&[u8]]) -> Option<Vec<u8>> {
                let units = texts.first()?.chunks(2).map(|unit| Some(u16::from_be_bytes(unit.try_into().ok()?).to_ne_bytes()));
                Some(units.collect::<Option<Vec<_>>>()?.concat())
            }

            fn unpack(body: &[u8]) -> Option<Vec<Vec<u8>>> {
                let units = body.chunks(2).map(|unit| Some(u16::from_ne_bytes(unit.try_into().ok()?).to_be_bytes()));
                Some(vec![units.collect::<Option<Vec<_>>>()?.concat()])
            }
        }
    )+};
}

units!(SomeData, Announcement);

// ---- JSON ----

impl Texts for Message {
    fn pack(texts: &[&[u8]]) -> Option<Vec<u8>> {
        let [title, content] = <[&[u8]; 2]>::try_from(texts).ok()?;
        let title = json::quoted(std::str::from_utf8(title).ok()?);
        let content = json::quoted(std::str::from_utf8(content).ok()?);
        Some(format!("{{\"title\":{title},\"content\":{content}}}").into_bytes())
    }

    fn unpack(body: &[u8]) -> Option<Vec<Vec<u8>>> {
        let mut message = json::strings(std::str::from_utf8(body).ok()?)?;
        let content = message.remove("content")?;
        Some(vec![message.remove("title")?.into_bytes(), content.into_bytes()])
    }
}
