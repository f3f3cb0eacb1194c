//! Records in records, arrays of records, arrays of arrays.

use super::Truth;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Vector {
    pub X: f32,
    pub Y: f32,
    pub Z: f32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Pose {
    pub Position: Vector,
    pub Heading: Vector,
    pub Valid: Truth,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Wheel {
    pub Locked: Truth,
    pub Speed: f32,
    pub Slip: [f32; 2],
    pub Wear: u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Car {
    pub Number: u16,
    pub Wheels: [Wheel; 4],
    pub Body: Pose,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Garage {
    pub Open: Truth,
    pub Cars: [Car; 2],
    pub Area: f64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Tensor {
    pub Rank: u8,
    pub Cells: [[[i16; 4]; 3]; 2],
    pub Scale: [[f64; 2]; 2],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Tile {
    pub Kind: u8,
    pub Heights: [[u16; 3]; 2],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Board {
    pub Turn: i32,
    pub Tiles: [[Tile; 3]; 2],
    pub Score: [u32; 2],
}
