//! The locked block: a lock word of 32 bits, little-endian, and the data right behind it. Nothing waits, and no owner is recorded.

use std::sync::atomic::{fence, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Bits 0 to 23 of the word count readers, bit 31 is the writer, a top byte of 0xFF is a block that nobody has made ready.
const READERS: u32 = 0x00FF_FFFF;
const WRITER: u32 = 0x8000_0000;
const UNINITIALIZED: u32 = 0xFF00_0000;

/// Bytes in front of the data.
const WORD: usize = 4;
/// Of the data, what `hammer` writes: so many numbers, all alike.
const NUMBERS: usize = 15;
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of an act, by the numbers of the library contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Outcome {
    Ok,
    Uninitialized,
    WriteLocked,
    ReadLocked,
    MaxReaders,
    NotLocked,
    Torn,
    Stuck,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Uninitialized => "uninitialized",
            Outcome::WriteLocked => "write_locked",
            Outcome::ReadLocked => "read_locked",
            Outcome::MaxReaders => "max_readers",
            Outcome::NotLocked => "not_locked",
            Outcome::Torn => "torn",
            Outcome::Stuck => "stuck",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Act {
    New,
    Read,
    UnlockRead,
    Write,
    UnlockWrite,
    /// So many rounds of locking, changing or reading the numbers behind the word, and unlocking.
    Hammer,
}

pub const ACTS: [(&str, Act); 6] = [
    ("new", Act::New),
    ("read", Act::Read),
    ("unlock_read", Act::UnlockRead),
    ("write", Act::Write),
    ("unlock_write", Act::UnlockWrite),
    ("hammer", Act::Hammer),
];

/// A locked block in mapped memory.
pub struct LockedBlock<'a> {
    word: &'a AtomicU32,
    data: *mut u8,
    room: usize,
}

impl LockedBlock<'_> {
    /// None where there is no room for the word, or it does not lie on a multiple of four.
    ///
    /// # Safety
    /// From `address`, `room` bytes are mapped, to read and to write, as long as the block is in use.
    pub unsafe fn at(address: *mut u8, room: usize) -> Option<Self> {
        if room < WORD || address as usize % WORD != 0 {
            return None;
        }
        Some(LockedBlock { word: &*address.cast::<AtomicU32>(), data: address.add(WORD), room: room - WORD })
    }

    /// What came of it, and the word that it left, or that it was refused for.
    pub fn act(&self, act: Act, rounds: u64) -> (Outcome, u32) {
        match act {
            Act::New => self.make(),
            Act::Read => self.change(|word| match word {
                _ if word & WRITER != 0 => Err(Outcome::WriteLocked),
                _ if word & READERS == READERS => Err(Outcome::MaxReaders),
                _ => Ok(word + 1),
            }),
            Act::UnlockRead => self.change(|word| match word {
                _ if word & WRITER != 0 => Err(Outcome::WriteLocked),
                _ if word & READERS == 0 => Err(Outcome::NotLocked),
                _ => Ok(word - 1),
            }),
            Act::Write => self.change(|word| match word {
                _ if word & WRITER != 0 => Err(Outcome::WriteLocked),
                _ if word & READERS != 0 => Err(Outcome::ReadLocked),
                _ => Ok(word | WRITER),
            }),
            Act::UnlockWrite => self.change(|word| if word & WRITER != 0 { Ok(word & !WRITER) } else { Err(Outcome::NotLocked) }),
            Act::Hammer => self.hammer(rounds),
        }
    }

    /// Only who has created the memory may do this: whoever holds a lock in it would lose it.
    fn make(&self) -> (Outcome, u32) {
        self.word.store(UNINITIALIZED.to_le(), Ordering::SeqCst);
        unsafe { self.data.write_bytes(0, self.room) };
        let free = self.word.compare_exchange(UNINITIALIZED.to_le(), 0, Ordering::SeqCst, Ordering::SeqCst);
        match free {
            Ok(_) => (Outcome::Ok, 0),
            Err(found) => (Outcome::Uninitialized, u32::from_le(found)),
        }
    }

    fn change(&self, next: impl Fn(u32) -> Result<u32, Outcome>) -> (Outcome, u32) {
        let mut found = self.word.load(Ordering::SeqCst);
        loop {
            let word = u32::from_le(found);
            let new = match if word & UNINITIALIZED == UNINITIALIZED { Err(Outcome::Uninitialized) } else { next(word) } {
                Ok(new) => new,
                Err(refused) => return (refused, word),
            };
            match self.word.compare_exchange_weak(found, new.to_le(), Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => {
                    fence(Ordering::SeqCst);
                    return (Outcome::Ok, new);
                }
                Err(other) => found = other,
            }
        }
    }

    /// The even rounds add one to every number, the odd ones look whether they are all alike.
    fn hammer(&self, rounds: u64) -> (Outcome, u32) {
        let numbers = NUMBERS.min(self.room / 4);
        let number = |index: usize| unsafe { self.data.cast::<u32>().add(index) };
        for round in 0..rounds {
            let (lock, unlock) = if round % 2 == 0 { (Act::Write, Act::UnlockWrite) } else { (Act::Read, Act::UnlockRead) };
            let (outcome, word) = self.locked_in_time(lock);
            if outcome != Outcome::Ok {
                return (outcome, word);
            }
            let mut torn = false;
            for index in 0..numbers {
                let value = unsafe { number(index).read_volatile() };
                if round % 2 == 0 {
                    unsafe { number(index).write_volatile(u32::from_le(value).wrapping_add(1).to_le()) };
                } else {
                    torn |= value != unsafe { number(0).read_volatile() };
                }
            }
            let (outcome, word) = self.act(unlock, 0);
            if torn || outcome != Outcome::Ok {
                return (if torn { Outcome::Torn } else { outcome }, word);
            }
        }
        (Outcome::Ok, u32::from_le(self.word.load(Ordering::SeqCst)))
    }

    fn locked_in_time(&self, lock: Act) -> (Outcome, u32) {
        let start = Instant::now();
        loop {
            match self.act(lock, 0) {
                (Outcome::ReadLocked | Outcome::WriteLocked, word) if start.elapsed() >= PATIENCE => return (Outcome::Stuck, word),
                (Outcome::ReadLocked | Outcome::WriteLocked, _) => thread::yield_now(),
                found => return found,
            }
        }
    }
}
