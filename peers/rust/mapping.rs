//! Named shared memory that dies with its last handle: what both systems have in common.

#[cfg(not(windows))]
use crate::linux as system;
#[cfg(windows)]
use crate::windows as system;

/// Why something could not be done, by the numbers of the library contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Kind {
    Exists = 1,
    NotFound,
    Access,
    InvalidName,
    InvalidSize,
    NoSpace,
    Range,
    Closed,
    Unsupported,
    Timeout,
    Invalid,
    Failed,
}

/// A refusal; `code` is the system's own number for it, 0 where the system was not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    pub kind: Kind,
    pub code: i32,
}

impl From<Kind> for Failure {
    fn from(kind: Kind) -> Self {
        Failure { kind, code: 0 }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let code = error.raw_os_error().unwrap_or(0);
        Failure { kind: system::kind_of(code), code }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    CreateNew,
    CreateOrOpen,
    Open,
    OpenRead,
}

impl Mode {
    pub fn creates(self) -> bool {
        matches!(self, Mode::CreateNew | Mode::CreateOrOpen)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
    ReadWrite,
    Copy,
}

impl Access {
    pub fn reads(self) -> bool {
        self != Access::Write
    }

    pub fn writes(self) -> bool {
        self != Access::Read
    }

    /// Whether others see what is written: that is what a map must have been opened for.
    pub fn shares(self) -> bool {
        matches!(self, Access::Write | Access::ReadWrite)
    }
}

/// A named piece of memory, held: the name lives as long as some process holds it.
pub struct Segment {
    held: system::Held,
    capacity: usize,
    created: bool,
    read_only: bool,
}

impl Segment {
    pub fn open(name: &[u8], size: i64, mode: Mode) -> Result<Segment, Failure> {
        if name.is_empty() || name.contains(&0) {
            return Err(Failure { kind: Kind::InvalidName, code: system::INVALID });
        }
        let name = std::str::from_utf8(name).map_err(|_| Failure { kind: Kind::InvalidName, code: system::NOT_TEXT })?;
        let most = i64::MAX - system::granularity() as i64; // it will be rounded up
        if mode.creates() && !(1..=most).contains(&size) {
            return Err(Failure { kind: Kind::InvalidSize, code: system::INVALID });
        }
        let opened = system::open(name, if mode.creates() { size as u64 } else { 0 }, mode)?;
        let read_only = mode == Mode::OpenRead;
        Ok(Segment { held: opened.held, capacity: opened.capacity, created: opened.created, read_only })
    }

    pub fn capacity(&self) -> usize {
        self.capacity
    }

    pub fn created(&self) -> bool {
        self.created
    }

    /// Maps `size` bytes from `offset`, which need not be a multiple of anything; 0: to the end.
    pub fn map(&self, offset: i64, size: i64, access: Access) -> Result<View, Failure> {
        if self.read_only && access.shares() {
            return Err(Failure { kind: Kind::Access, code: system::DENIED });
        }
        let outside = Failure { kind: Kind::Range, code: system::OUTSIDE };
        let (offset, size) = (usize::try_from(offset), usize::try_from(size));
        let (offset, size) = (offset.map_err(|_| outside)?, size.map_err(|_| outside)?);
        if offset >= self.capacity || size > self.capacity - offset {
            return Err(outside);
        }
        let lead = offset % system::granularity();
        let capacity = if size == 0 { self.capacity - offset } else { size };
        let base = system::map(&self.held, (offset - lead) as u64, capacity + lead, access)?;
        Ok(View { base, lead, capacity, access })
    }
}

/// Mapped memory. It stays valid when the segment that it was mapped from is closed.
pub struct View {
    base: *mut u8,
    lead: usize, // the system maps from a coarser boundary than the caller asked for
    capacity: usize,
    access: Access,
}

// An address is as good in one thread as in another.
unsafe impl Send for View {}

impl View {
    pub fn address(&self) -> *mut u8 {
        unsafe { self.base.add(self.lead) }
    }

    pub fn capacity(&self) -> usize {
        self.capacity
    }

    pub fn access(&self) -> Access {
        self.access
    }
}

impl Drop for View {
    fn drop(&mut self) {
        unsafe { system::unmap(self.base, self.lead + self.capacity) }
    }
}
