{ Blocks in the manner of what programs publish: monitors, simulators, machines, markets. }
unit Published;

{$MODE OBJFPC}
{$PACKRECORDS C}

interface

uses
  Scalars; // wchar_t

type
  TMonitorReading = packed record
    Kind: LongWord;
    Instance: LongWord;
    &Label: array[0..23] of AnsiChar;
    &Unit: array[0..7] of AnsiChar;
    Current: Double;
    Lowest: Double;
    Highest: Double;
    Average: Double;
  end;

  THardwareMonitor = packed record
    Signature: LongWord;
    Version: LongWord;
    Revision: Word;
    PolledAt: Int64;
    ReadingSize: LongWord;
    ReadingCount: LongWord;
    Readings: array[0..3] of TMonitorReading;
  end;

  TCoreTemperatures = record
    Load: array[0..15] of LongWord;
    Limit: array[0..3] of LongWord;
    Cores: LongWord;
    Processors: LongWord;
    Degrees: array[0..15] of Single;
    Voltage: Single;
    Clock: Single;
    Multiplier: Single;
    Processor: array[0..40] of AnsiChar;
    InFahrenheit: Boolean;
    BelowLimit: Boolean;
  end;

{$PACKRECORDS 4}
  TRacePage = record
    Packet: LongInt;
    Throttle: Single;
    Brake: Single;
    Fuel: Single;
    Gear: LongInt;
    Revolutions: LongInt;
    Steering: Single;
    Speed: Single;
    Velocity: array[0..2] of Single;
    Force: array[0..2] of Single;
    WheelSlip: array[0..3] of Single;
    WheelLoad: array[0..3] of Single;
    TyreHeat: array[0..3, 0..2] of Single;
    TyreName: array[0..32] of WideChar;
    PitLimiter: LongBool; // Win32's BOOL
    Lap: Double;
    Damage: array[0..4] of Single;
  end;
{$PACKRECORDS C}

  TTruckPlace = record
    X, Y, Z: Double;
    Heading, Pitch, Roll: Single;
  end;

  TTruckFrame = record
    Running: Boolean;
    Revision: LongWord;
    SimulatedTime: QWord;
    RenderTime: QWord;
    Place: TTruckPlace;
    Gear: ShortInt;
    GearCount: Byte;
    EngineSpeed: Single;
    Fuel: Single;
    WheelTurn: array[0..5] of Single;
    Lights: array[0..6] of Boolean;
    Trailer: array[0..29] of AnsiChar;
    Income: Int64;
  end;

  TVoiceLink = record
    Version: LongWord;
    Tick: LongWord;
    AvatarPosition: array[0..2] of Single;
    AvatarFront: array[0..2] of Single;
    &Program: array[0..30] of TWChar;
    CameraPosition: array[0..2] of Single;
    Identity: array[0..31] of TWChar;
    ContextLength: LongWord;
    Context: array[0..47] of Byte;
    Description: array[0..39] of TWChar;
  end;

  TTagValue = record
    case Integer of
      0: (Whole: LongInt);
      1: (Real: Single);
      2: (Precise: Double);
      3: (Raw: array[0..7] of Byte);
  end;

{$PACKENUM 1}
  TTagType = (ttNothing, ttWhole, ttReal, ttPrecise, ttRaw);
  TTagQuality = (tqBad = 0, tqUncertain = 64, tqGood = 192);

  TTag = record
    Name: array[0..13] of AnsiChar;
    &Type: TTagType;
    Quality: TTagQuality;
    Time: Int64;
    Value: TTagValue;
  end;

  TTagTable = record
    Version: Word;
    Count: Word;
    Cycle: LongWord;
    Tags: array[0..5] of TTag;
  end;

  TBookLevel = record
    Price: Int64;
    Quantity: LongWord;
    Orders: Word;
  end;

{$PACKENUM 2}
  TMarketState = (msClosed, msAuction, msOpen, msHalted);

  TBookSnapshot = record
    Symbol: array[0..7] of AnsiChar;
    Sequence: QWord;
    Time: Int64;
    State: TMarketState;
    BidCount: Byte;
    AskCount: Byte;
    Bids: array[0..7] of TBookLevel;
    Asks: array[0..7] of TBookLevel;
  end;

implementation

end.
