//! What stands in front of shared data so that two processes do not trip over each other.

use super::Truth;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct LockedBlock {
    pub Lock: u32,
    pub Data: [u8; 60],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct SequencedQuote {
    pub Sequence: u32,
    pub Time: i64,
    pub Bid: f64,
    pub Ask: f64,
}

/// Head and tail on cache lines of their own. Not `align(64)`: the others that declare this record cannot ask for that.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RingHeader {
    pub Magic: u32,
    pub Capacity: u32,
    pub Stride: u16,
    _reserved1: [u8; 54],
    pub Head: u64,
    _reserved2: [u8; 56],
    pub Tail: u64,
    _reserved3: [u8; 56],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct FrameSlot {
    pub Number: u64,
    pub Used: u16,
    pub Pixels: [u8; 13],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct TripleBuffer {
    pub Latest: u8,
    pub Fresh: Truth,
    pub Slots: [FrameSlot; 3],
}
