//! The program's verbs, and the maps and views they leave open between requests.

use std::fmt::Write;
use std::sync::atomic::{fence, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use peer::lock::{LockedBlock, ACTS};
use peer::mapping::{Access, Failure, Kind, Mode, Segment, View};
use peer::record::Layout;

use crate::wire::{bits, bytes, name, number, put_hex};

const VERBS: [&str; 18] = [
    "hello", "create_new", "create_or_open", "open_existing", "view", "peek", "poke", "describe", "store", "store_leaf",
    "load", "await", "lock", "close_view", "close_map", "bye", "leave", "abort",
];

/// The members of the JSON object that a verb answers.
type Answer = Result<String, Failure>;

/// How a request ends the program.
#[derive(Clone, Copy)]
pub enum End {
    Bye,
    Leave,
    Abort,
}

/// By number, from 1; a number is never given twice, and what is closed is None. Views go first.
#[derive(Default)]
pub struct Session {
    views: Vec<Option<View>>,
    maps: Vec<Option<Segment>>,
    pub end: Option<End>,
}

/// The record in a view that words 2, 3 and 4 of a request mean.
struct Target<'a> {
    view: &'a View,
    layout: &'static Layout,
    record: *mut u8,
    room: usize,
}

impl Session {
    pub fn run(&mut self, verb: &str, words: &[&str]) -> Answer {
        match (verb, words) {
            ("hello", ["1"]) => Ok(hello()),
            ("hello", [_]) => Err(Kind::Unsupported.into()),
            ("create_new", [name, size]) => self.open(name, number(size)?, Mode::CreateNew),
            ("create_or_open", [name, size]) => self.open(name, number(size)?, Mode::CreateOrOpen),
            ("open_existing", [name] | [name, "read_write"]) => self.open(name, 0, Mode::Open),
            ("open_existing", [name, "read"]) => self.open(name, 0, Mode::OpenRead),
            ("view", [map, offset, size, access, form @ ..]) => self.view(map, number(offset)?, number(size)?, access, form),
            ("peek", [view, offset, count]) => self.peek(view, number(offset)?, number(count)?),
            ("poke", [view, offset, data]) => self.poke(view, number(offset)?, &bytes(data)?),
            ("await", [view, offset, patience]) => self.wait(view, number(offset)?, number(patience)?),
            ("lock", [view, offset, act]) if *act != "hammer" => self.lock(view, number(offset)?, act, 0),
            ("lock", [view, offset, "hammer", rounds]) => self.lock(view, number(offset)?, "hammer", number(rounds)?),
            ("describe", [layout]) => Ok(described(layout_named(layout)?)),
            ("store", [view, offset, layout, leaves @ ..]) => self.store(self.target(view, offset, layout)?, leaves),
            ("store_leaf", [view, offset, layout, index, leaf]) => {
                self.store_leaf(self.target(view, offset, layout)?, number(index)?, leaf)
            }
            ("load", [view, offset, layout]) => self.load(self.target(view, offset, layout)?),
            ("close_view", [view]) => close(&mut self.views, view),
            ("close_map", [map]) => close(&mut self.maps, map),
            ("bye", []) => self.end(End::Bye),
            ("leave", []) => self.end(End::Leave),
            ("abort", []) => self.end(End::Abort),
            _ if VERBS.contains(&verb) => Err(Kind::Invalid.into()),
            _ => Err(Kind::Unsupported.into()),
        }
    }

    fn end(&mut self, how: End) -> Answer {
        self.end = Some(how);
        Ok(String::new())
    }

    fn open(&mut self, word: &str, size: i64, mode: Mode) -> Answer {
        let segment = Segment::open(&name(word)?, size, mode)?;
        let (created, capacity) = (segment.created(), segment.capacity());
        self.maps.push(Some(segment));
        Ok(format!(r#""map":{},"created":{created},"capacity":{capacity}"#, self.maps.len()))
    }

    fn view(&mut self, map: &str, offset: i64, size: i64, access: &str, form: &[&str]) -> Answer {
        let access = match access {
            "read" => Access::Read,
            "write" => Access::Write,
            "read_write" => Access::ReadWrite,
            "copy" => Access::Copy,
            _ => return Err(Kind::Invalid.into()),
        };
        match form {
            [] | ["accessor"] => {}
            ["stream"] => return Err(Kind::Unsupported.into()),
            _ => return Err(Kind::Invalid.into()),
        }
        let view = numbered(&self.maps, map)?.map(offset, size, access)?;
        let capacity = view.capacity();
        self.views.push(Some(view));
        Ok(format!(r#""view":{},"capacity":{capacity}"#, self.views.len()))
    }

    fn peek(&self, view: &str, offset: i64, count: i64) -> Answer {
        let view = readable(numbered(&self.views, view)?)?;
        let count = usize::try_from(count).map_err(|_| Kind::Range)?;
        let from = place(view, offset, count)?;
        let found = unsafe { std::slice::from_raw_parts(from, count).to_vec() };
        let mut answer = String::with_capacity(2 * count + 16);
        answer.push_str("\"bytes\":\"");
        put_hex(&mut answer, &found);
        answer.push('"');
        Ok(answer)
    }

    fn poke(&self, view: &str, offset: i64, data: &[u8]) -> Answer {
        let view = writable(numbered(&self.views, view)?)?;
        let to = place(view, offset, data.len())?;
        unsafe { to.copy_from(data.as_ptr(), data.len()) };
        Ok(String::new())
    }

    fn wait(&self, view: &str, offset: i64, patience: i64) -> Answer {
        let view = readable(numbered(&self.views, view)?)?;
        let patience = Duration::from_millis(u64::try_from(patience).map_err(|_| Kind::Invalid)?);
        let at = place(view, offset, 4)?.cast::<u32>();
        let start = Instant::now();
        loop {
            let value = unsafe { at.read_unaligned() };
            fence(Ordering::Acquire); // what was written before is seen, and the next look is one
            if value != 0 {
                return Ok(format!(r#""value":"{value:08x}""#));
            }
            if start.elapsed() >= patience {
                return Err(Kind::Timeout.into());
            }
            thread::sleep(Duration::from_micros(900)); // the system adds to it
        }
    }

    fn lock(&self, view: &str, offset: i64, act: &str, rounds: i64) -> Answer {
        let view = writable(readable(numbered(&self.views, view)?)?)?;
        let (_, act) = ACTS.iter().find(|(name, _)| *name == act).ok_or(Kind::Invalid)?;
        let rounds = u64::try_from(rounds).map_err(|_| Kind::Invalid)?;
        let word = place(view, offset, 4)?;
        let block = unsafe { LockedBlock::at(word, view.capacity() - offset as usize) }.ok_or(Kind::Invalid)?;
        let (outcome, word) = block.act(*act, rounds);
        Ok(format!(r#""result":"{}","word":"{word:08x}""#, outcome.word()))
    }

    fn target(&self, view: &str, offset: &str, layout: &str) -> Result<Target<'_>, Failure> {
        let offset = number(offset)?;
        let layout = layout_named(layout)?;
        let view = numbered(&self.views, view)?;
        let record = place(view, offset, 0)?;
        let room = view.capacity() - offset as usize;
        Ok(Target { view, layout, record, room })
    }

    fn store(&self, target: Target, leaves: &[&str]) -> Answer {
        writable(target.view)?;
        let layout = target.layout;
        if leaves.len() != layout.leaves.len() {
            return Err(Kind::Invalid.into());
        }
        let (mut words, mut texts) = (Vec::with_capacity(leaves.len()), Vec::new());
        for (leaf, word) in layout.leaves.iter().zip(leaves) {
            words.push(if leaf.unit == 0 { bits(word, leaf.bytes)? } else { 0 });
            if leaf.unit != 0 {
                texts.push(text(word, leaf.unit)?);
            }
        }
        let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        unsafe { layout.store(target.record, target.room, &words, &texts)? };
        Ok(String::new())
    }

    fn store_leaf(&self, target: Target, index: i64, word: &str) -> Answer {
        writable(target.view)?;
        let index = usize::try_from(index).map_err(|_| Kind::Invalid)?;
        let leaf = target.layout.leaves.get(index).ok_or(Kind::Invalid)?;
        if leaf.unit != 0 {
            return Err(Kind::Unsupported.into());
        }
        unsafe { target.layout.store_leaf(target.record, target.room, index, bits(word, leaf.bytes)?)? };
        Ok(String::new())
    }

    fn load(&self, target: Target) -> Answer {
        readable(target.view)?;
        let (words, texts) = unsafe { target.layout.load(target.record, target.room)? };
        let (mut answer, mut texts) = ("\"leaves\":[".to_string(), texts.iter());
        for (index, (leaf, word)) in target.layout.leaves.iter().zip(words).enumerate() {
            answer.push_str(if index == 0 { "\"" } else { ",\"" });
            match leaf.unit {
                0 => put_hex(&mut answer, &word.to_be_bytes()[8 - leaf.bytes..]),
                _ => match texts.next() {
                    Some(text) if !text.is_empty() => put_hex(&mut answer, text),
                    _ => answer.push('-'),
                },
            }
            answer.push('"');
        }
        answer.push(']');
        Ok(answer)
    }
}

fn numbered<'a, T>(open: &'a [Option<T>], word: &str) -> Result<&'a T, Failure> {
    let index = usize::try_from(number(word)?).ok().and_then(|number| number.checked_sub(1));
    let found = index.and_then(|index| open.get(index)).and_then(Option::as_ref);
    found.ok_or_else(|| Kind::Closed.into())
}

fn close<T>(open: &mut [Option<T>], word: &str) -> Answer {
    numbered(open, word)?;
    open[number(word)? as usize - 1] = None;
    Ok(String::new())
}

fn readable(view: &View) -> Result<&View, Failure> {
    if view.access().reads() { Ok(view) } else { Err(Kind::Access.into()) }
}

fn writable(view: &View) -> Result<&View, Failure> {
    if view.access().writes() { Ok(view) } else { Err(Kind::Access.into()) }
}

/// The address of so many bytes in a view.
fn place(view: &View, offset: i64, count: usize) -> Result<*mut u8, Failure> {
    match usize::try_from(offset) {
        Ok(offset) if offset <= view.capacity() && count <= view.capacity() - offset => Ok(unsafe { view.address().add(offset) }),
        _ => Err(Kind::Range.into()),
    }
}

fn layout_named(name: &str) -> Result<&'static Layout, Failure> {
    let found = peer::layouts().iter().find(|layout| layout.name.to_bytes() == name.as_bytes());
    found.ok_or_else(|| Kind::Unsupported.into())
}

fn text(word: &str, unit: usize) -> Result<Vec<u8>, Failure> {
    let text = if word == "-" { Vec::new() } else { bytes(word)? };
    if word.is_empty() || text.len() % unit != 0 { Err(Kind::Invalid.into()) } else { Ok(text) }
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",")
}

fn hello() -> String {
    let layouts = listed(peer::layouts().iter().map(|layout| format!("{:?}", layout.name)));
    let verbs = listed(VERBS.iter().map(|verb| format!("{verb:?}")));
    format!(r#"{},"protocol":1,"layouts":[{layouts}],"verbs":[{verbs}],"views":["accessor"]"#, peer::info())
}

fn described(layout: &Layout) -> String {
    let leaf = |leaf: &peer::record::Leaf| format!("[{:?},{},{},{:?}]", leaf.path, leaf.offset, leaf.width, leaf.kind);
    let member = |member: &peer::record::Member| format!("[{:?},{},{}]", member.path, member.offset, member.size);
    let (leaves, members) = (listed(layout.leaves.iter().map(leaf)), listed(layout.members.iter().map(member)));
    let (mut enums, mut last) = (String::new(), None);
    for constant in &layout.constants {
        let closing = if last.is_some() { "}," } else { "" };
        let _ = match last == Some(constant.enumeration) {
            true => write!(enums, ",{:?}:{}", constant.name, constant.value),
            false => write!(enums, "{closing}{:?}:{{{:?}:{}", constant.enumeration, constant.name, constant.value),
        };
        last = Some(constant.enumeration);
    }
    enums.push_str(if last.is_some() { "}" } else { "" });
    let (size, align) = (layout.size, layout.align);
    format!(r#""size":{size},"align":{align},"leaves":[{leaves}],"members":[{members}],"enums":{{{enums}}}"#)
}
