//! The same fields under every packing, and packed and unpacked records inside each other.

#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct PackedBy1 {
    pub Tag: u8,
    pub Serial: u64,
    pub Port: u16,
    pub Level: f64,
    pub Last: u8,
}

#[repr(C, packed(2))]
#[derive(Clone, Copy)]
pub struct PackedBy2 {
    pub Tag: u8,
    pub Serial: u64,
    pub Port: u16,
    pub Level: f64,
    pub Last: u8,
}

#[repr(C, packed(4))]
#[derive(Clone, Copy)]
pub struct PackedBy4 {
    pub Tag: u8,
    pub Serial: u64,
    pub Port: u16,
    pub Level: f64,
    pub Last: u8,
}

#[repr(C, packed(8))]
#[derive(Clone, Copy)]
pub struct PackedBy8 {
    pub Tag: u8,
    pub Serial: u64,
    pub Port: u16,
    pub Level: f64,
    pub Last: u8,
}

#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct Sample {
    pub Channel: u8,
    pub Value: f32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct SampleBlock {
    pub Count: u16,
    pub Samples: [Sample; 5],
    pub Time: i64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Loose {
    pub Kind: u8,
    pub Value: u32,
    pub Check: u16,
}

#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct LooseInPacked {
    pub Before: u8,
    pub Inner: Loose,
    pub After: u16,
    pub More: [Loose; 2],
}
