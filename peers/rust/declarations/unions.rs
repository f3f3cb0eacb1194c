//! Bytes with more than one name.

use super::enumeration;

#[repr(C)]
#[derive(Clone, Copy)]
pub union FloatBits {
    pub Real: f32,
    pub Bits: u32,
    pub Bytes: [u8; 4],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union NumberValue {
    pub Whole: i64,
    pub Real: f64,
    pub Halves: [u32; 2],
    pub Raw: [u8; 16],
}

enumeration!(VariantTag: u32 { EMPTY = 0, WHOLE = 1, REAL = 2, RAW = 3 });

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Variant {
    pub Tag: VariantTag,
    pub Value: NumberValue,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct VariantList {
    pub Count: u16,
    pub Items: [Variant; 3],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct RoundShape {
    pub CentreX: f32,
    pub CentreY: f32,
    pub Radius: f64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct EdgedShape {
    pub Left: i16,
    pub Top: i16,
    pub Width: u32,
    pub Height: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union ShapeBody {
    pub Round: RoundShape,
    pub Edged: EdgedShape,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct DrawnShape {
    pub Kind: u8,
    pub Body: ShapeBody,
    pub Colour: u32,
}
