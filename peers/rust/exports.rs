//! The library contract: what C, and anything that can call it, sees.

use std::cell::Cell;
use std::ffi::{c_void, CStr, CString};
use std::os::raw::c_char;
use std::ptr::{null, null_mut};
use std::sync::{Mutex, MutexGuard};

use crate::lock::{LockedBlock, ACTS};
use crate::mapping::{Access, Failure, Kind, Mode, Segment, View};
use crate::record::{Layout, Leaf};

const OK: i32 = 0;

thread_local!(static LAST_ERROR: Cell<i64> = Cell::new(0));

/// Views are handed out by their addresses; the last one mapped comes last.
static VIEWS: Mutex<Vec<View>> = Mutex::new(Vec::new());

fn views() -> MutexGuard<'static, Vec<View>> {
    VIEWS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn fail(failure: impl Into<Failure>) -> i32 {
    let failure = failure.into();
    LAST_ERROR.with(|last| last.set(failure.code.into()));
    failure.kind as i32
}

fn layout(number: i32) -> Option<&'static Layout> {
    crate::layouts().get(usize::try_from(number).ok()?)
}

fn leaf(layout: &'static Layout, number: i32) -> Option<&'static Leaf> {
    layout.leaves.get(usize::try_from(number).ok()?)
}

/// One text of a record: its code units, each big-endian. On load the caller gives a buffer and its size.
#[repr(C)]
pub struct PeerText {
    bytes: *mut u8,
    count: i64,
}

// ---- the mapping ----

#[no_mangle]
pub unsafe extern "C" fn OpenBufferFile(name: *const c_char, size: i64, mode: i32, file: *mut *mut Segment) -> i32 {
    if file.is_null() {
        return fail(Kind::Invalid);
    }
    *file = null_mut();
    let mode = match mode {
        0 => Mode::CreateNew,
        1 => Mode::CreateOrOpen,
        2 => Mode::Open,
        3 => Mode::OpenRead,
        _ => return fail(Kind::Invalid),
    };
    let name = if name.is_null() { &[] } else { CStr::from_ptr(name).to_bytes() };
    match Segment::open(name, size, mode) {
        Ok(segment) => {
            *file = Box::into_raw(Box::new(segment));
            OK
        }
        Err(failure) => fail(failure),
    }
}

#[no_mangle]
pub unsafe extern "C" fn FreeBufferFile(file: *mut Segment) {
    if !file.is_null() {
        drop(Box::from_raw(file));
    }
}

#[no_mangle]
pub unsafe extern "C" fn BufferFileCapacity(file: *const Segment) -> i64 {
    file.as_ref().map_or(0, |segment| segment.capacity() as i64)
}

#[no_mangle]
pub unsafe extern "C" fn BufferFileCreated(file: *const Segment) -> i32 {
    file.as_ref().map_or(-1, |segment| segment.created().into())
}

#[no_mangle]
pub unsafe extern "C" fn MapBuffer(file: *const Segment, offset: i64, size: i64, access: i32, buffer: *mut *mut u8) -> i32 {
    if buffer.is_null() {
        return fail(Kind::Invalid);
    }
    *buffer = null_mut();
    let segment = match file.as_ref() {
        Some(segment) => segment,
        None => return fail(Kind::Closed),
    };
    let access = match access {
        0 => Access::Read,
        1 => Access::Write,
        2 => Access::ReadWrite,
        3 => Access::Copy,
        _ => return fail(Kind::Invalid),
    };
    match segment.map(offset, size, access) {
        Ok(view) => {
            *buffer = view.address();
            views().push(view);
            OK
        }
        Err(failure) => fail(failure),
    }
}

#[no_mangle]
pub extern "C" fn FreeBuffer(buffer: *mut u8) {
    let mut views = views();
    if let Some(found) = views.iter().position(|view| view.address() == buffer) {
        drop(views.remove(found));
    }
}

#[no_mangle]
pub extern "C" fn BufferCapacity(buffer: *const u8) -> i64 {
    views().iter().find(|view| view.address() as *const u8 == buffer).map_or(0, |view| view.capacity() as i64)
}

#[no_mangle]
pub extern "C" fn BufferErrorCode() -> i64 {
    LAST_ERROR.with(Cell::get)
}

// ---- the short way ----

#[no_mangle]
pub unsafe extern "C" fn CreateBufferFile(name: *const c_char, size: i64) -> *mut Segment {
    let mut file = null_mut();
    OpenBufferFile(name, size, 1, &mut file);
    file
}

#[no_mangle]
pub unsafe extern "C" fn CreateBuffer(file: *const Segment) -> *mut u8 {
    let mut buffer = null_mut();
    MapBuffer(file, 0, 0, 2, &mut buffer);
    buffer
}

#[no_mangle]
pub extern "C" fn Write(value: i32) {
    match views().last() {
        Some(view) if view.access().writes() && view.capacity() >= 4 => unsafe {
            view.address().cast::<i32>().write_unaligned(value);
        },
        _ => {}
    }
}

#[no_mangle]
pub extern "C" fn Read() -> i32 {
    match views().last() {
        Some(view) if view.capacity() >= 4 => unsafe { view.address().cast::<i32>().read_unaligned() },
        _ => 0,
    }
}

// ---- the records ----

#[no_mangle]
pub extern "C" fn PeerInfo() -> *const c_char {
    static INFO: Mutex<Option<CString>> = Mutex::new(None);
    let mut info = INFO.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    info.get_or_insert_with(|| CString::new(format!("{{{}}}", crate::info())).unwrap_or_default()).as_ptr()
}

#[no_mangle]
pub extern "C" fn PeerLayoutCount() -> i32 {
    crate::layouts().len() as i32
}

#[no_mangle]
pub extern "C" fn PeerLayoutName(number: i32) -> *const c_char {
    layout(number).map_or(null(), |layout| layout.name.as_ptr())
}

#[no_mangle]
pub extern "C" fn PeerLayoutSize(number: i32) -> i64 {
    layout(number).map_or(-1, |layout| layout.size as i64)
}

#[no_mangle]
pub extern "C" fn PeerLayoutAlign(number: i32) -> i64 {
    layout(number).map_or(-1, |layout| layout.align as i64)
}

#[no_mangle]
pub extern "C" fn PeerLeafCount(number: i32) -> i32 {
    layout(number).map_or(-1, |layout| layout.leaves.len() as i32)
}

#[no_mangle]
pub unsafe extern "C" fn PeerLeaf(number: i32, index: i32, path: *mut *const c_char, offset: *mut i64, width: *mut i64) -> i32 {
    let layout = match layout(number) {
        Some(layout) => layout,
        None => return Kind::Unsupported as i32,
    };
    match (leaf(layout, index), path.as_mut(), offset.as_mut(), width.as_mut()) {
        (Some(leaf), Some(path), Some(offset), Some(width)) => {
            (*path, *offset, *width) = (leaf.path.as_ptr(), leaf.offset as i64, leaf.width as i64);
            OK
        }
        _ => Kind::Invalid as i32,
    }
}

#[no_mangle]
pub extern "C" fn PeerLeafKind(number: i32, index: i32) -> *const c_char {
    layout(number).and_then(|layout| leaf(layout, index)).map_or(null(), |leaf| leaf.kind.as_ptr())
}

#[no_mangle]
pub extern "C" fn PeerMemberCount(number: i32) -> i32 {
    layout(number).map_or(-1, |layout| layout.members.len() as i32)
}

#[no_mangle]
pub unsafe extern "C" fn PeerMember(number: i32, index: i32, path: *mut *const c_char, offset: *mut i64, size: *mut i64) -> i32 {
    let layout = match layout(number) {
        Some(layout) => layout,
        None => return Kind::Unsupported as i32,
    };
    let member = usize::try_from(index).ok().and_then(|index| layout.members.get(index));
    match (member, path.as_mut(), offset.as_mut(), size.as_mut()) {
        (Some(member), Some(path), Some(offset), Some(size)) => {
            (*path, *offset, *size) = (member.path.as_ptr(), member.offset as i64, member.size as i64);
            OK
        }
        _ => Kind::Invalid as i32,
    }
}

#[no_mangle]
pub extern "C" fn PeerConstantCount(number: i32) -> i32 {
    layout(number).map_or(-1, |layout| layout.constants.len() as i32)
}

#[no_mangle]
pub unsafe extern "C" fn PeerConstant(
    number: i32, index: i32, enumeration: *mut *const c_char, name: *mut *const c_char, value: *mut i64,
) -> i32 {
    let layout = match layout(number) {
        Some(layout) => layout,
        None => return Kind::Unsupported as i32,
    };
    let constant = usize::try_from(index).ok().and_then(|index| layout.constants.get(index));
    match (constant, enumeration.as_mut(), name.as_mut(), value.as_mut()) {
        (Some(constant), Some(enumeration), Some(name), Some(value)) => {
            // beyond i64::MAX its two's complement
            (*enumeration, *name, *value) = (constant.enumeration.as_ptr(), constant.name.as_ptr(), constant.value as i64);
            OK
        }
        _ => Kind::Invalid as i32,
    }
}

#[no_mangle]
pub unsafe extern "C" fn PeerStore(
    number: i32, record: *mut c_void, capacity: i64, leaves: *const u64, texts: *const PeerText,
) -> i32 {
    let layout = match layout(number) {
        Some(layout) => layout,
        None => return Kind::Unsupported as i32,
    };
    let count = layout.text_count();
    if record.is_null() || leaves.is_null() || (texts.is_null() && count > 0) {
        return Kind::Invalid as i32;
    }
    let texts = if count == 0 { &[] } else { std::slice::from_raw_parts(texts, count) };
    let text = |text: &'static PeerText| -> Option<&'static [u8]> {
        match usize::try_from(text.count).ok()? {
            0 => Some(&[]), // an empty text need not have bytes to point to
            count => Some(std::slice::from_raw_parts(text.bytes, count)),
        }
    };
    let words = std::slice::from_raw_parts(leaves, layout.leaves.len());
    match texts.iter().map(text).collect::<Option<Vec<_>>>() {
        Some(texts) => answer(layout.store(record.cast(), room(capacity), words, &texts)),
        None => Kind::Invalid as i32,
    }
}

#[no_mangle]
pub unsafe extern "C" fn PeerStoreLeaf(number: i32, record: *mut c_void, capacity: i64, leaf: i32, bits: u64) -> i32 {
    match (layout(number), usize::try_from(leaf)) {
        (None, _) => Kind::Unsupported as i32,
        (Some(layout), Ok(leaf)) if !record.is_null() => answer(layout.store_leaf(record.cast(), room(capacity), leaf, bits)),
        _ => Kind::Invalid as i32,
    }
}

#[no_mangle]
pub unsafe extern "C" fn PeerLoad(
    number: i32, record: *const c_void, capacity: i64, leaves: *mut u64, texts: *mut PeerText,
) -> i32 {
    let layout = match layout(number) {
        Some(layout) => layout,
        None => return Kind::Unsupported as i32,
    };
    let count = layout.text_count();
    if record.is_null() || leaves.is_null() || (texts.is_null() && count > 0) {
        return Kind::Invalid as i32;
    }
    let (words, found) = match layout.load(record.cast(), room(capacity)) {
        Ok(loaded) => loaded,
        Err(kind) => return kind as i32,
    };
    let texts = if count == 0 { &mut [] } else { std::slice::from_raw_parts_mut(texts, count) };
    if texts.iter().zip(&found).any(|(text, found)| usize::try_from(text.count).map_or(true, |room| found.len() > room)) {
        return Kind::Range as i32;
    }
    for (text, found) in texts.iter_mut().zip(&found) {
        text.bytes.copy_from(found.as_ptr(), found.len());
        text.count = found.len() as i64;
    }
    leaves.copy_from(words.as_ptr(), words.len());
    OK
}

/// What came of it; -1 for an act that is none, or where no lock word can be.
#[no_mangle]
pub unsafe extern "C" fn PeerLock(block: *mut c_void, capacity: i64, act: i32, rounds: i64, word: *mut u32) -> i32 {
    let act = usize::try_from(act).ok().and_then(|act| ACTS.get(act));
    match (act, LockedBlock::at(block.cast(), room(capacity)), u64::try_from(rounds)) {
        (Some((_, act)), Some(block), Ok(rounds)) if !word.is_null() => {
            let (outcome, left) = block.act(*act, rounds);
            *word = left;
            outcome as i32
        }
        _ => -1,
    }
}

fn room(capacity: i64) -> usize {
    usize::try_from(capacity).unwrap_or(0)
}

fn answer(result: Result<(), Kind>) -> i32 {
    result.map_or_else(|kind| kind as i32, |()| OK)
}
