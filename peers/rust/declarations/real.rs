//! Blocks in the manner of what programs publish: monitors, simulators, machines, markets.

use super::{enumeration, Truth, WideChar};

#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct MonitorReading {
    pub Kind: u32,
    pub Instance: u32,
    pub Label: [u8; 24],
    pub Unit: [u8; 8],
    pub Current: f64,
    pub Lowest: f64,
    pub Highest: f64,
    pub Average: f64,
}

#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct HardwareMonitor {
    pub Signature: u32,
    pub Version: u32,
    pub Revision: u16,
    pub PolledAt: i64,
    pub ReadingSize: u32,
    pub ReadingCount: u32,
    pub Readings: [MonitorReading; 4],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct CoreTemperatures {
    pub Load: [u32; 16],
    pub Limit: [u32; 4],
    pub Cores: u32,
    pub Processors: u32,
    pub Degrees: [f32; 16],
    pub Voltage: f32,
    pub Clock: f32,
    pub Multiplier: f32,
    pub Processor: [u8; 41],
    pub InFahrenheit: Truth,
    pub BelowLimit: Truth,
}

#[repr(C, packed(4))]
#[derive(Clone, Copy)]
pub struct RacePage {
    pub Packet: i32,
    pub Throttle: f32,
    pub Brake: f32,
    pub Fuel: f32,
    pub Gear: i32,
    pub Revolutions: i32,
    pub Steering: f32,
    pub Speed: f32,
    pub Velocity: [f32; 3],
    pub Force: [f32; 3],
    pub WheelSlip: [f32; 4],
    pub WheelLoad: [f32; 4],
    pub TyreHeat: [[f32; 3]; 4],
    pub TyreName: [u16; 33],
    pub PitLimiter: i32, // Win32's BOOL
    pub Lap: f64,
    pub Damage: [f32; 5],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct TruckPlace {
    pub X: f64,
    pub Y: f64,
    pub Z: f64,
    pub Heading: f32,
    pub Pitch: f32,
    pub Roll: f32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct TruckFrame {
    pub Running: Truth,
    pub Revision: u32,
    pub SimulatedTime: u64,
    pub RenderTime: u64,
    pub Place: TruckPlace,
    pub Gear: i8,
    pub GearCount: u8,
    pub EngineSpeed: f32,
    pub Fuel: f32,
    pub WheelTurn: [f32; 6],
    pub Lights: [Truth; 7],
    pub Trailer: [u8; 30],
    pub Income: i64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct VoiceLink {
    pub Version: u32,
    pub Tick: u32,
    pub AvatarPosition: [f32; 3],
    pub AvatarFront: [f32; 3],
    pub Program: [WideChar; 31],
    pub CameraPosition: [f32; 3],
    pub Identity: [WideChar; 32],
    pub ContextLength: u32,
    pub Context: [u8; 48],
    pub Description: [WideChar; 40],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union TagValue {
    pub Whole: i32,
    pub Real: f32,
    pub Precise: f64,
    pub Raw: [u8; 8],
}

enumeration!(TagType: u8 { NOTHING = 0, WHOLE = 1, REAL = 2, PRECISE = 3, RAW = 4 });
enumeration!(TagQuality: u8 { BAD = 0, UNCERTAIN = 64, GOOD = 192 });

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Tag {
    pub Name: [u8; 14],
    pub Type: TagType,
    pub Quality: TagQuality,
    pub Time: i64,
    pub Value: TagValue,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct TagTable {
    pub Version: u16,
    pub Count: u16,
    pub Cycle: u32,
    pub Tags: [Tag; 6],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct BookLevel {
    pub Price: i64,
    pub Quantity: u32,
    pub Orders: u16,
}

enumeration!(MarketState: u16 { CLOSED = 0, AUCTION = 1, OPEN = 2, HALTED = 3 });

#[repr(C)]
#[derive(Clone, Copy)]
pub struct BookSnapshot {
    pub Symbol: [u8; 8],
    pub Sequence: u64,
    pub Time: i64,
    pub State: MarketState,
    pub BidCount: u8,
    pub AskCount: u8,
    pub Bids: [BookLevel; 8],
    pub Asks: [BookLevel; 8],
}
