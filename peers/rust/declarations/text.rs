//! Text: in arrays of fixed length, and behind its length in bytes, without a final NUL, at the end of a record.

#[repr(C)]
#[derive(Clone, Copy)]
pub struct ByteLabel {
    pub Text: [u8; 16],
    pub Colour: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct UnitLabel {
    pub Caption: [u16; 9], // UTF-16
    pub Value: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct NameList {
    pub Count: u8,
    pub Names: [[u8; 12]; 3],
    pub Check: u16,
}

#[repr(C)]
pub struct Note {
    pub Channel: u16,
    pub length: i32,
    pub Text: [u8; 0],
}

#[repr(C, packed)]
pub struct PackedNote {
    pub Version: u8,
    pub Time: i64,
    pub length: i32,
    pub Text: [u8; 0],
}

#[repr(C)]
pub struct Announcement {
    pub Time: u64,
    pub Level: u16,
    pub length: i32,
    pub Text: [u16; 0],
}
