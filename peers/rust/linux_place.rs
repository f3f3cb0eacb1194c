//! Linux: where a name's file stands, and the guard that all who look at it agree on.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::io::AsRawFd;
use std::thread;
use std::time::{Duration, Instant};

use crate::linux::{descriptor_path, effective_user, failure, random_moment, Locked, DENIED, INVALID, O_DIRECTORY, O_NOFOLLOW};
use crate::mapping::{Failure, Kind};

/// The guard is held for microseconds; who holds it for seconds is stopped, and must not stop everybody.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// How often a lock in the way is looked at again: who only looks has it for a microsecond, a holder for good.
const LOOKS: u32 = 4;
const LONGEST_NAME: usize = 255;
const ENAMETOOLONG: i32 = 36;
const ETIMEDOUT: i32 = 110;

pub fn pause_briefly(attempt: u32) {
    match attempt {
        0..=19 => thread::yield_now(),
        20..=199 => thread::sleep(Duration::from_micros(50)),
        _ => thread::sleep(Duration::from_millis(1)),
    }
}

#[derive(Clone)]
pub struct Place {
    folder: String,
    /// The file that the name alone says; `file` may be one beside it.
    pub base: String,
    pub file: String,
    pub global: bool,
}

impl Place {
    pub fn of(name: &str) -> Result<Place, Failure> {
        if name.starts_with('/') {
            return Err(Failure { kind: Kind::Unsupported, code: INVALID }); // a raw POSIX object has no lifetime to keep
        }
        let (global, name) = match (name.strip_prefix("Global\\"), name.strip_prefix("Local\\")) {
            (Some(rest), _) => (true, rest),
            (None, rest) => (false, rest.unwrap_or(name)),
        };
        let root = env::var("SAMEBYTES_SHM_DIR").ok().filter(|root| !root.is_empty());
        let root = root.as_deref().unwrap_or("/dev/shm");
        let folder = if global { format!("{root}/samebytes-global") } else { format!("{root}/samebytes-{}", effective_user()) };
        let base = encoded(name)?;
        Ok(Place { folder, file: base.clone(), base, global })
    }

    pub fn with_file(&self, file: String) -> Place {
        Place { file, ..self.clone() }
    }

    /// Whether nobody else holds the file. It is then locked exclusively by this open.
    pub fn is_alone(&self, file: &Locked) -> io::Result<bool> {
        for _ in 0..if self.global { LOOKS } else { 0 } {
            if file.try_alone()? {
                return Ok(true);
            }
            thread::sleep(random_moment());
        }
        file.try_alone()
    }

    /// Files beside the name's own: nobody can remove what another user's killed process left in the global directory, so
    /// who creates such a name anew has `NAME+USER`.
    pub fn beside(&self, folder: &Folder) -> Vec<String> {
        let is_beside = |file: &String| match file.strip_prefix(&self.base).and_then(|rest| rest.strip_prefix('+')) {
            Some(user) => !user.is_empty() && user.bytes().all(|digit| digit.is_ascii_digit()),
            None => false,
        };
        let entries = fs::read_dir(folder.path("")).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(is_beside).collect()
    }

    /// Nobody is alive: the name's own file, or where a dead one cannot be removed, this user's beside it.
    pub fn beside_the_dead(&self, folder: &Folder) -> String {
        match fs::symlink_metadata(folder.path(&self.base)) {
            Ok(_) => format!("{}+{}", self.base, effective_user()),
            Err(_) => self.base.clone(),
        }
    }
}

fn encoded(name: &str) -> Result<String, Failure> {
    if name.is_empty() || name.contains('\\') {
        return Err(Failure { kind: Kind::InvalidName, code: INVALID });
    }
    let mut file = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'~' | b'-' => file.push(byte.into()),
            b'.' if !file.is_empty() => file.push('.'),
            _ => file.push_str(&format!("%{byte:02X}")),
        }
    }
    if file.len() > LONGEST_NAME { Err(failure(ENAMETOOLONG)) } else { Ok(file) }
}

/// An open directory of segments, perhaps guarded: the guard ends with it.
pub struct Folder(Locked);

impl Folder {
    pub fn open(place: &Place, create: bool) -> Result<Folder, Failure> {
        let open = || OpenOptions::new().read(true).custom_flags(O_DIRECTORY | O_NOFOLLOW).open(&place.folder);
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound && create => {
                match DirBuilder::new().mode(0o700).create(&place.folder) {
                    // There is no place for segments at all: that is not a name that nobody holds.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        return Err(Failure { kind: Kind::Failed, ..error.into() });
                    }
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
                    _ => open()?,
                }
            }
            other => other?,
        };
        check(place, &file)?;
        Ok(Folder(Locked::new(file)))
    }

    pub fn file(&self) -> &File {
        &self.0.file
    }

    /// A path that leads through the open directory, whatever stands under its own name by now.
    pub fn path(&self, name: &str) -> String {
        format!("{}/{name}", descriptor_path(self.file().as_raw_fd()))
    }

    /// Nobody is alone with the global directory: a lock on it is one that any user could take, and keep.
    pub fn guard(&self, place: &Place) -> Result<(), Failure> {
        if place.global {
            return Ok(());
        }
        let deadline = Instant::now() + PATIENCE;
        for attempt in 0.. {
            match self.0.try_alone() {
                Ok(true) => break,
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
                _ if Instant::now() > deadline => return Err(failure(ETIMEDOUT)),
                _ => pause_briefly(attempt),
            }
        }
        Ok(())
    }

    /// Whether a file that this user may not open can be alive: unless the system's list of locks says that it is not.
    pub fn may_live(&self, name: &str) -> bool {
        let status = match fs::symlink_metadata(self.path(name)) {
            Ok(status) => status,
            Err(_) => return false,
        };
        if !status.is_file() {
            return true;
        }
        match fs::read_to_string("/proc/locks") {
            Ok(locks) => locks.lines().any(|line| is_lock_on(line, status.dev(), status.ino())),
            Err(_) => true,
        }
    }
}

/// `1: FLOCK  ADVISORY  WRITE 4711 00:1a:123456 0 EOF`: major and minor number in hexadecimal, the inode in decimal.
fn is_lock_on(line: &str, device: u64, inode: u64) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    if words.get(1) != Some(&"FLOCK") {
        return false;
    }
    let mut parts = words.get(5).map_or("", |word| word).split(':');
    let mut number = |radix| parts.next().and_then(|part| u64::from_str_radix(part, radix).ok());
    match (number(16), number(16), number(10)) {
        (Some(major), Some(minor), Some(held)) => held == inode && device_number(major, minor) == device,
        _ => false,
    }
}

/// As glibc's makedev puts them together.
fn device_number(major: u64, minor: u64) -> u64 {
    (major & 0xfff) << 8 | (major & !0xfff) << 32 | (minor & 0xff) | (minor & !0xff) << 12
}

/// Mine must be mine alone. The global one must be root's or mine, and sticky, or somebody could replace what others have
/// there; whoever made it may have died before saying so.
fn check(place: &Place, folder: &File) -> Result<(), Failure> {
    let status = folder.metadata()?;
    let (mine, for_others) = (status.uid() == effective_user(), status.mode() & 0o022 != 0);
    let safe = if !place.global {
        mine && !for_others
    } else if mine {
        if status.mode() & 0o7777 != 0o1777 {
            folder.set_permissions(Permissions::from_mode(0o1777))?;
        }
        true
    } else {
        status.uid() == 0 && (!for_others || status.mode() & 0o1000 != 0)
    };
    if safe { Ok(()) } else { Err(failure(DENIED)) }
}
