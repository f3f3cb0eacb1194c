//! Single scalars: fixed widths, C's own types, truth, characters, addresses, enumerations.

use std::ffi::c_void;
use std::os::raw::{c_char, c_int, c_long, c_longlong, c_schar, c_short, c_uchar, c_uint, c_ulong, c_ulonglong, c_ushort};

use super::{enumeration, Truth};

/// C's wchar_t.
#[cfg(windows)]
pub type WideChar = u16;
#[cfg(not(windows))]
pub type WideChar = u32;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct SignedNumbers {
    pub Tiny: i8,
    pub Small: i16,
    pub Medium: i32,
    pub Large: i64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct UnsignedNumbers {
    pub Large: u64,
    pub Medium: u32,
    pub Small: u16,
    pub Tiny: u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct FloatNumbers {
    pub Single: f32,
    pub Double: f64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Truths {
    pub Ready: Truth,
    pub Enabled: i32, // Win32's BOOL
    pub Doors: [Truth; 5],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct CodeUnits {
    pub Narrow: u8,
    pub Wide: u16,
    pub Full: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct PlainChars {
    pub Mark: c_char,
    pub Digits: [c_char; 6],
    pub Sum: i16,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct CompilerNumbers {
    pub SignedChar: c_schar,
    pub UnsignedChar: c_uchar,
    pub Short: c_short,
    pub UnsignedShort: c_ushort,
    pub Int: c_int,
    pub UnsignedInt: c_uint,
    pub LongLong: c_longlong,
    pub UnsignedLongLong: c_ulonglong,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct LongNumbers {
    pub Before: u8,
    pub Signed: c_long,
    pub Unsigned: c_ulong,
    pub After: u16,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Measures {
    pub Count: u16,
    pub Length: usize,
    pub Distance: isize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Addresses {
    pub Kind: u8,
    pub Base: usize,
    pub Shift: isize,
    pub Owner: *mut c_void,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct WideLetters {
    pub Initial: WideChar,
    pub Name: [WideChar; 7],
    pub Age: u8,
}

enumeration!(LampState: u8 { OFF = 0, ON = 1, BROKEN = 255 });
enumeration!(AxisName: i16 { NONE = -1, X = 0, Y = 1, Z = 2 });
enumeration!(RunMode: u32 { IDLE = 0, RUNNING = 10, FAILED = 0xFFFF_FFFF });
enumeration!(FeatureBit: u64 { LOGGING = 1, REMOTE = 0x1_0000_0000 });
enumeration!(Direction: c_uint { NORTH = 0, EAST = 1, SOUTH = 2, WEST = 3 }); // as wide as C makes it

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Choices {
    pub Lamp: LampState,
    pub Axis: AxisName,
    pub Mode: RunMode,
    pub Feature: FeatureBit,
    pub Direction: Direction,
}
