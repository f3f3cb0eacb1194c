//! Linux: files that live exactly as long as somebody holds a shared flock on them.
//!
//! Whoever finds, under the guard, that nobody holds a segment, unlinks it. A new segment gets its name only when it has its
//! memory and its creator's lock, so no half-made one is ever seen.

use std::ffi::{c_void, CString};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::raw::{c_char, c_int, c_long};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::io::{AsRawFd, RawFd};
use std::process;
use std::ptr::null_mut;
use std::time::{Duration, Instant};

use crate::linux_place::{pause_briefly, Folder, Place, PATIENCE};
use crate::mapping::{Access, Failure, Kind, Mode};

pub const INVALID: i32 = 22; // EINVAL
pub const NOT_TEXT: i32 = 84; // EILSEQ
pub const DENIED: i32 = 13; // EACCES
pub const OUTSIDE: i32 = INVALID;

const ENOENT: i32 = 2;
const EEXIST: i32 = 17;
const ETIMEDOUT: i32 = 110;

const O_NONBLOCK: c_int = 0o4000;
#[cfg(not(any(target_arch = "aarch64", target_arch = "arm")))]
mod flags {
    pub const O_NOFOLLOW: i32 = 0o400000;
    pub const O_DIRECTORY: i32 = 0o200000;
}
#[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
mod flags {
    pub const O_NOFOLLOW: i32 = 0o100000;
    pub const O_DIRECTORY: i32 = 0o40000;
}
pub use flags::{O_DIRECTORY, O_NOFOLLOW};
const O_TMPFILE: c_int = 0o20000000 | O_DIRECTORY;

const LOCK_SH: c_int = 1;
const LOCK_EX: c_int = 2;
const LOCK_NB: c_int = 4;
const LOCK_UN: c_int = 8;

const AT_FDCWD: c_int = -100;
const AT_SYMLINK_FOLLOW: c_int = 0x400;
const PROT_READ: c_int = 1;
const PROT_WRITE: c_int = 2;
const MAP_SHARED: c_int = 1;
const MAP_PRIVATE: c_int = 2;
const SC_PAGESIZE: c_int = 30;

extern "C" {
    fn flock(file: c_int, operation: c_int) -> c_int;
    fn posix_fallocate(file: c_int, offset: i64, length: i64) -> c_int;
    fn linkat(old_folder: c_int, old: *const c_char, folder: c_int, new: *const c_char, flags: c_int) -> c_int;
    fn mmap(address: *mut c_void, size: usize, protection: c_int, flags: c_int, file: c_int, offset: i64) -> *mut c_void;
    fn munmap(address: *mut c_void, size: usize) -> c_int;
    fn sysconf(name: c_int) -> c_long;
    fn geteuid() -> u32;
}

pub fn kind_of(code: i32) -> Kind {
    match code {
        EEXIST => Kind::Exists,
        ENOENT => Kind::NotFound,
        // EPERM, EACCES, EROFS, ELOOP (a symbolic link at the path), EISDIR, ENXIO (a socket), ENOTDIR (where the directory should be)
        1 | DENIED | 30 | 40 | 21 | 6 | 20 => Kind::Access,
        12 | 28 | 122 => Kind::NoSpace, // ENOMEM, ENOSPC, EDQUOT
        27 => Kind::InvalidSize,        // EFBIG
        36 | NOT_TEXT => Kind::InvalidName, // ENAMETOOLONG
        ETIMEDOUT => Kind::Timeout,
        _ => Kind::Failed,
    }
}

pub fn failure(code: i32) -> Failure {
    Failure { kind: kind_of(code), code }
}

pub fn granularity() -> usize {
    unsafe { sysconf(SC_PAGESIZE) as usize }
}

fn whole_pages(bytes: u64) -> u64 {
    let page = granularity() as u64;
    (bytes + page - 1) / page * page
}

pub fn effective_user() -> u32 {
    unsafe { geteuid() }
}

pub fn descriptor_path(descriptor: RawFd) -> String {
    format!("/proc/self/fd/{descriptor}")
}

/// An open file whose locks are said to end before it is closed: a child between fork and exec may have a copy of it.
pub struct Locked {
    pub file: File,
    owner: u32,
}

impl Locked {
    pub fn new(file: File) -> Locked {
        Locked { file, owner: process::id() }
    }

    /// A forked child's copy: unlocking it would take the parent's lock away.
    fn is_copy(&self) -> bool {
        self.owner != process::id()
    }

    pub fn lock(&self, operation: c_int) -> io::Result<()> {
        let refused = unsafe { flock(self.file.as_raw_fd(), operation) } != 0;
        if refused { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Whether this open has the file for itself now; false where somebody else holds it.
    pub fn try_alone(&self) -> io::Result<bool> {
        match self.lock(LOCK_EX | LOCK_NB) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            other => other.map(|()| true),
        }
    }

    fn unlock(&self) {
        let _ = self.lock(LOCK_UN);
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        if !self.is_copy() {
            self.unlock();
        }
    }
}

/// What keeps the name alive: the file with a shared lock. Views are mapped through opens of their own.
pub struct Held {
    place: Place,
    file: Locked,
}

pub struct Opened {
    pub held: Held,
    pub capacity: usize,
    pub created: bool,
}

/// Why a segment was not had: another try may do, or none will.
enum Miss {
    Again,
    Final(Failure),
}

impl<E: Into<Failure>> From<E> for Miss {
    fn from(error: E) -> Self {
        Miss::Final(error.into())
    }
}

pub fn open(name: &str, size: u64, mode: Mode) -> Result<Opened, Failure> {
    let place = Place::of(name)?;
    let deadline = Instant::now() + PATIENCE;
    for attempt in 0.. {
        let mut tried = if mode == Mode::CreateNew { create_once(&place, size) } else { join_once(&place, mode) };
        if let (Mode::CreateOrOpen, Err(Miss::Final(Failure { kind: Kind::NotFound, .. }))) = (mode, &tried) {
            tried = match create_once(&place, size) {
                Err(Miss::Final(Failure { kind: Kind::Exists, .. })) => Err(Miss::Again), // somebody was faster
                other => other,
            };
        }
        match tried {
            Ok(opened) => return Ok(opened),
            Err(Miss::Final(failure)) => return Err(failure),
            Err(Miss::Again) if Instant::now() > deadline => break,
            Err(Miss::Again) => pause_briefly(attempt),
        }
    }
    Err(failure(ETIMEDOUT))
}

fn hold(place: Place, file: Locked, created: bool) -> Result<Opened, Failure> {
    let bytes = file.file.metadata()?.len();
    let capacity = usize::try_from(whole_pages(bytes)).map_err(|_| Failure::from(Kind::NoSpace))?;
    Ok(Opened { held: Held { place, file }, capacity, created })
}

fn join_once(place: &Place, mode: Mode) -> Result<Opened, Miss> {
    let folder = Folder::open(place, false)?;
    folder.guard(place)?;
    let (file, found) = find_live(place, &folder, mode != Mode::OpenRead, None)?;
    // Alive, but not to be joined just now: a foreign exclusive lock, or the name moved on.
    if file.lock(LOCK_SH | LOCK_NB).is_err() || !is_at_path(&folder, &found, &file) {
        return Err(Miss::Again);
    }
    Ok(hold(place.with_file(found), file, false)?)
}

fn create_once(place: &Place, size: u64) -> Result<Opened, Miss> {
    let folder = Folder::open(place, true)?;
    let file = make(&folder, size).map_err(|failure| vanished(failure, &folder))?;
    folder.guard(place)?;
    let name = publish(place, &folder, &file)?;
    Ok(hold(place.with_file(name), file, true)?)
}

/// A directory that was removed meanwhile can be made again.
fn vanished(failure: Failure, folder: &Folder) -> Miss {
    let gone = folder.file().metadata().map_or(false, |status| status.nlink() == 0);
    if failure.kind == Kind::NotFound && gone { Miss::Again } else { Miss::Final(failure) }
}

/// A file without a name, with all its memory (a sparse one would kill its users with SIGBUS) and its creator's lock.
fn make(folder: &Folder, size: u64) -> Result<Locked, Failure> {
    let file = OpenOptions::new().read(true).write(true).mode(0o600).custom_flags(O_TMPFILE).open(folder.path(""))?;
    file.set_permissions(Permissions::from_mode(0o600))?; // the umask may have taken the owner's bits
    let bytes = whole_pages(size) as i64;
    loop {
        match unsafe { posix_fallocate(file.as_raw_fd(), 0, bytes) } {
            0 => break,
            4 => continue, // EINTR
            code => return Err(failure(code)),
        }
    }
    let file = Locked::new(file);
    file.lock(LOCK_SH)?;
    Ok(file)
}

/// Gives the file its name; the answer is the name it got.
fn publish(place: &Place, folder: &Folder, file: &Locked) -> Result<String, Miss> {
    match find_live(place, folder, false, None) {
        Ok(_) => return Err(failure(EEXIST).into()),
        Err(refused) if refused.kind != Kind::NotFound => return Err(refused.into()),
        Err(_) => {}
    }
    let name = if place.global { place.beside_the_dead(folder) } else { place.base.clone() };
    link(file, folder, &name).map_err(|error| vanished(error.into(), folder))?;
    if place.global && find_live(place, folder, false, Some(&name)).is_ok() {
        // Somebody gave the name at the same time: neither has it.
        let _ = fs::remove_file(folder.path(&name));
        return Err(Miss::Again);
    }
    Ok(name)
}

fn link(file: &Locked, folder: &Folder, name: &str) -> io::Result<()> {
    let (old, new) = (CString::new(descriptor_path(file.file.as_raw_fd()))?, CString::new(name)?);
    let refused = unsafe { linkat(AT_FDCWD, old.as_ptr(), folder.file().as_raw_fd(), new.as_ptr(), AT_SYMLINK_FOLLOW) } != 0;
    if refused { Err(io::Error::last_os_error()) } else { Ok(()) }
}

// ---- segments, under the guard ----

fn is_at_path(folder: &Folder, name: &str, file: &Locked) -> bool {
    match (file.file.metadata(), fs::symlink_metadata(folder.path(name))) {
        (Ok(held), Ok(named)) => (held.dev(), held.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// Finds the living segment of the name: the file itself, or in the global directory one beside it, but not `except`.
fn find_live(place: &Place, folder: &Folder, writing: bool, except: Option<&str>) -> Result<(Locked, String), Failure> {
    let mut refused = failure(ENOENT);
    let beside = if place.global { place.beside(folder) } else { Vec::new() };
    for name in std::iter::once(place.base.clone()).chain(beside) {
        if except == Some(name.as_str()) {
            continue;
        }
        match open_live(place, folder, &name, writing) {
            Ok(file) => return Ok((file, name)),
            Err(error) if error.kind != Kind::NotFound && (!place.global || folder.may_live(&name)) => refused = error,
            Err(_) => {}
        }
    }
    Err(refused)
}

/// Opens the segment if somebody holds it. A dead one is unlinked, and not found.
fn open_live(place: &Place, folder: &Folder, name: &str, writing: bool) -> Result<Locked, Failure> {
    let path = folder.path(name);
    let open = |writing| OpenOptions::new().read(true).write(writing).custom_flags(O_NOFOLLOW | O_NONBLOCK).open(&path);
    let mut may_write = writing;
    let file = open(writing).or_else(|error| match error.raw_os_error() {
        Some(DENIED) if writing => {
            may_write = false; // who may not write may still see that it is dead
            open(false)
        }
        _ => Err(error),
    })?;
    let file = Locked::new(file);
    let status = file.file.metadata()?;
    if !status.is_file() || (!place.global && status.uid() != effective_user()) {
        return Err(failure(DENIED));
    }
    if place.is_alone(&file)? {
        if is_at_path(folder, name, &file) {
            fs::remove_file(&path).or_else(|error| if place.global { Ok(()) } else { Err(error) })?;
        }
        return Err(failure(ENOENT));
    }
    // Its creator made it read-only; the kernel would let root write all the same.
    if writing && (!may_write || file.file.metadata()?.mode() & 0o200 == 0) {
        return Err(failure(DENIED));
    }
    Ok(file)
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.file.is_copy() {
            return;
        }
        // Without the guard only the lock goes; the next to come finds the dead segment and unlinks it.
        if let Ok(folder) = Folder::open(&self.place, false) {
            let guarded = folder.guard(&self.place).is_ok();
            if guarded && self.place.is_alone(&self.file).unwrap_or(false) && is_at_path(&folder, &self.place.file, &self.file) {
                let _ = fs::remove_file(folder.path(&self.place.file));
            }
            self.file.unlock();
        }
    }
}

/// Maps through an open of its own: a view must not keep the name alive.
pub fn map(held: &Held, offset: u64, size: usize, access: Access) -> Result<*mut u8, Failure> {
    let path = descriptor_path(held.file.file.as_raw_fd());
    let file = OpenOptions::new().read(true).write(access.shares()).open(path)?;
    let last_page = (offset + size as u64 - 1) / granularity() as u64 * granularity() as u64;
    if file.metadata()?.len() <= last_page {
        return Err(Failure { kind: Kind::Range, code: INVALID }); // cut by somebody: touching it would be a SIGBUS
    }
    let protection = if access == Access::Read { PROT_READ } else { PROT_READ | PROT_WRITE };
    let flags = if access == Access::Copy { MAP_PRIVATE } else { MAP_SHARED };
    let base = unsafe { mmap(null_mut(), size, protection, flags, file.as_raw_fd(), offset as i64) };
    if base as isize == -1 {
        return Err(io::Error::last_os_error().into());
    }
    Ok(base.cast())
}

/// # Safety
/// `base` came from `map`, and nobody uses it any more.
pub unsafe fn unmap(base: *mut u8, size: usize) {
    munmap(base.cast(), size);
}

/// For a program that answers requests. Rust ignores SIGPIPE by itself.
pub fn prepare_program() {}

/// How long one waits who only looks whether a lock goes away: at random, or all would look at the same moments.
pub fn random_moment() -> Duration {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    Duration::from_nanos(u64::from(now ^ process::id().wrapping_mul(7919)) % 100_000)
}
