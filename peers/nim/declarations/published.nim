## Blocks in the manner of what programs publish: monitors, simulators, machines, markets.

import scalars # wchar_t

type
  MonitorReading* {.packed.} = object
    Kind*: uint32
    Instance*: uint32
    Label*: array[24, char]
    Unit*: array[8, char]
    Current*: float64
    Lowest*: float64
    Highest*: float64
    Average*: float64

  HardwareMonitor* {.packed.} = object
    Signature*: uint32
    Version*: uint32
    Revision*: uint16
    PolledAt*: int64
    ReadingSize*: uint32
    ReadingCount*: uint32
    Readings*: array[4, MonitorReading]

  CoreTemperatures* = object
    Load*: array[16, uint32]
    Limit*: array[4, uint32]
    Cores*: uint32
    Processors*: uint32
    Degrees*: array[16, float32]
    Voltage*: float32
    Clock*: float32
    Multiplier*: float32
    Processor*: array[41, char]
    InFahrenheit*: bool
    BelowLimit*: bool

  RacePage* {.packed.} = object
    ## Packed by 4.
    Packet* {.align: 4.}: int32
    Throttle*: float32
    Brake*: float32
    Fuel*: float32
    Gear*: int32
    Revolutions*: int32
    Steering*: float32
    Speed*: float32
    Velocity*: array[3, float32]
    Force*: array[3, float32]
    WheelSlip*: array[4, float32]
    WheelLoad*: array[4, float32]
    TyreHeat*: array[4, array[3, float32]]
    TyreName*: array[33, uint16]
    reserved: array[2, uint8]
    PitLimiter*: int32 # Win32's BOOL
    Lap*: float64
    Damage*: array[5, float32]

  TruckPlace* = object
    X*, Y*, Z*: float64
    Heading*, Pitch*, Roll*: float32

  TruckFrame* = object
    Running*: bool
    Revision*: uint32
    SimulatedTime*: uint64
    RenderTime*: uint64
    Place*: TruckPlace
    Gear*: int8
    GearCount*: uint8
    EngineSpeed*: float32
    Fuel*: float32
    WheelTurn*: array[6, float32]
    Lights*: array[7, bool]
    Trailer*: array[30, char]
    Income*: int64

  VoiceLink* = object
    Version*: uint32
    Tick*: uint32
    AvatarPosition*: array[3, float32]
    AvatarFront*: array[3, float32]
    Program*: array[31, CWideChar]
    CameraPosition*: array[3, float32]
    Identity*: array[32, CWideChar]
    ContextLength*: uint32
    Context*: array[48, uint8]
    Description*: array[40, CWideChar]

  TagValue* {.union.} = object
    Whole*: int32
    Real*: float32
    Precise*: float64
    Raw*: array[8, uint8]

  TagType* {.size: sizeof(uint8).} = enum
    tagNothing = 0
    tagWhole = 1
    tagReal = 2
    tagPrecise = 3
    tagRaw = 4

  TagQuality* {.size: sizeof(uint8).} = enum
    qualityBad = 0
    qualityUncertain = 64
    qualityGood = 192

  Tag* = object
    Name*: array[14, char]
    Type*: TagType
    Quality*: TagQuality
    Time*: int64
    Value*: TagValue

  TagTable* = object
    Version*: uint16
    Count*: uint16
    Cycle*: uint32
    Tags*: array[6, Tag]

  BookLevel* = object
    Price*: int64
    Quantity*: uint32
    Orders*: uint16

  MarketState* {.size: sizeof(uint16).} = enum
    marketClosed = 0
    marketAuction = 1
    marketOpen = 2
    marketHalted = 3

  BookSnapshot* = object
    Symbol*: array[8, char]
    Sequence*: uint64
    Time*: int64
    State*: MarketState
    BidCount*: uint8
    AskCount*: uint8
    Bids*: array[8, BookLevel]
    Asks*: array[8, BookLevel]
