//! Scalars of different widths side by side. The holes between them are the compiler's.

use super::Truth;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Mixed {
    pub Tag: u8,
    pub Serial: u64,
    pub Port: u16,
    pub Level: f64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct MixedWider {
    pub Tag: u8,
    pub Serial: u64,
    pub Port: u32,
    pub Level: f64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct MixedWhole {
    pub Tag: u8,
    pub Serial: u64,
    pub Port: u16,
    pub Level: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Holes {
    pub First: u8,
    pub Two: u16,
    pub Second: u8,
    pub Four: i32,
    pub Third: u8,
    pub Eight: i64,
    pub Fourth: u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct TailPadded {
    pub Value: f64,
    pub Count: u32,
    pub Flag: Truth,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct OddArrays {
    pub Bytes: [u8; 3],
    pub Words: [u16; 3],
    pub Ready: Truth,
    pub Points: [f64; 2],
    pub Rest: [i8; 5],
}
