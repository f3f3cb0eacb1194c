//! The library: the mapping and the records as C functions (`exports`), and for the program as what they are.

pub mod declarations;
mod exports;
mod json;
#[cfg(not(windows))]
mod linux;
#[cfg(not(windows))]
mod linux_place;
pub mod lock;
pub mod mapping;
pub mod record;
mod texts;
#[cfg(windows)]
mod windows;

mod probe {
    include!(concat!(env!("OUT_DIR"), "/probe.rs"));
}

use std::sync::Mutex;

pub use system::prepare_program;

#[cfg(not(windows))]
use linux as system;
#[cfg(windows)]
use windows as system;

/// What this language has no word of its own for, and what it does not say of a declaration at all.
const CANNOT_TELL: &str = r#""char8 from unsigned","char16 from unsigned","char32 from unsigned","wchar from unsigned","bool32 from signed","fields in holes that the layout does not have""#;

/// Who this is: the members of a JSON object.
pub fn info() -> String {
    let (version, pointer) = (env!("RUSTC_VERSION"), std::mem::size_of::<usize>());
    let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    format!(
        r#""peer":"rust","language":"Rust","version":"{version}","target":"{target}","pointer":{pointer},"cannot_tell":[{CANNOT_TELL}]"#
    )
}

/// The records that this peer declares, as its compiler lays them out.
pub fn layouts() -> &'static [record::Layout] {
    static LAYOUTS: Mutex<Option<&'static [record::Layout]>> = Mutex::new(None);
    let mut layouts = LAYOUTS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    layouts.get_or_insert_with(|| Box::leak(probe::layouts().into_boxed_slice()))
}
