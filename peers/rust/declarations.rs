//! The records, as this program declares them. Nothing here is generated; the probe only measures it.
//!
//! Whatever stands in shared memory may have been written by somebody else. A type for which not every pattern of bits is a
//! value (`bool`, `char`, an `enum`) would be undefined behaviour there, so truths and enumerations are types of their own.

#![allow(non_snake_case)] // fields are called as in the other languages

use crate::record::Truth;

mod explicit;
mod locks;
mod mixed;
mod nested;
mod packed;
mod real;
mod scalars;
mod text;
mod unions;

pub use explicit::*;
pub use locks::*;
pub use mixed::*;
pub use nested::*;
pub use packed::*;
pub use real::*;
pub use scalars::*;
pub use text::*;
pub use unions::*;

/// An enumeration that others write: a number, some values of which have a name.
macro_rules! enumeration {
    ($name:ident: $number:ty { $($constant:ident = $value:expr),+ $(,)? }) => {
        #[repr(transparent)]
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub $number);

        impl $name {
            $(pub const $constant: $name = $name($value);)+
        }

        impl $crate::record::Enumeration for $name {
            type Number = $number;
            const CONSTANTS: &'static [(&'static str, i128)] = &[$((stringify!($constant), $name::$constant.0 as i128)),+];

            fn of_number(number: $number) -> Self {
                $name(number)
            }

            fn number(self) -> $number {
                self.0
            }
        }
    };
}
use enumeration;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Integer {
    pub Value: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct MySharedData {
    pub Value: i32,
    pub Letter: u16, // a UTF-16 unit
    pub Numbers: [f32; 50],
}

/// Rust writes no offsets down, so the padding that a C# FieldOffset implies is a field of its own.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MySharedDataExplicit {
    pub Value: i32,
    pub Letter: u16,
    _reserved: u16,
    pub Numbers: [f32; 50],
}

/// How many bytes of JSON follow, then `{"title":"…","content":"…"}` without a final NUL.
#[repr(C)]
pub struct Message {
    pub length: i32,
    pub json: [u8; 0],
}

/// The text's length is in bytes, not in units.
#[repr(C)]
pub struct SomeData {
    pub CurrentDate: i64,
    pub length: i32,
    pub Text: [u16; 0],
}
