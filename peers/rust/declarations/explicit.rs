//! Offsets and sizes that others wrote down. Rust has no place for them: the holes are fields of their own.

#[repr(C)]
#[derive(Clone, Copy)]
pub struct PinnedHoles {
    pub Magic: u32,
    _reserved1: [u8; 12],
    pub Serial: u64,
    _reserved2: [u8; 16],
    pub Level: f32,
    _reserved3: [u8; 3],
    pub Flag: u8,
    _reserved4: [u8; 16],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct PinnedOrder {
    pub First: u32,
    _reserved1: [u8; 4],
    pub Middle: f64,
    _reserved2: [u8; 4],
    pub Last: u16,
    _reserved3: [u8; 2],
}

#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct PinnedOdd {
    pub Version: u8,
    pub Stamp: u32,
    _reserved1: [u8; 2],
    pub Level: f64,
    _reserved2: [u8; 2],
    pub Port: u16,
    _reserved3: [u8; 5],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct SizedOnly {
    pub Version: u32,
    pub Level: f64,
    pub Flags: [u16; 3],
    _reserved: [u8; 26],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct RegisterBlock {
    pub Control: u32,
    pub Status: u32,
    _reserved1: [u8; 0x20 - 0x08],
    pub Interrupts: u64,
    _reserved2: [u8; 0x80 - 0x28],
    pub Queue: [u16; 8],
    _reserved3: [u8; 0xFF - 0x90],
    pub Revision: u8,
}
