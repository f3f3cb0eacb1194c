{ Single scalars: fixed widths, C's own types, truth, characters, addresses, enumerations. }
unit Scalars;

{$MODE OBJFPC}
{$PACKRECORDS C}

interface

uses
  CTypes;

type
{$IFDEF WINDOWS}
  TWChar = WideChar; // C's wchar_t
{$ELSE}
  TWChar = UCS4Char;
{$ENDIF}

  TSignedNumbers = record
    Tiny: ShortInt;
    Small: SmallInt;
    Medium: LongInt;
    Large: Int64;
  end;

  TUnsignedNumbers = record
    Large: QWord;
    Medium: LongWord;
    Small: Word;
    Tiny: Byte;
  end;

  TFloatNumbers = record
    Single: Single;
    Double: Double;
  end;

  TTruths = record
    Ready: Boolean;
    Enabled: LongBool; // Win32's BOOL
    Doors: array[0..4] of Boolean;
  end;

  TCodeUnits = record
    Narrow: AnsiChar;
    Wide: WideChar;
    Full: UCS4Char;
  end;

  TPlainChars = record
    Mark: AnsiChar;
    Digits: array[0..5] of AnsiChar;
    Sum: SmallInt;
  end;

  TCompilerNumbers = record
    SignedChar: cschar;
    UnsignedChar: cuchar;
    Short: cshort;
    UnsignedShort: cushort;
    Int: cint;
    UnsignedInt: cuint;
    LongLong: clonglong;
    UnsignedLongLong: culonglong;
  end;

  TLongNumbers = record
    Before: Byte;
    Signed: clong;
    Unsigned: culong;
    After: Word;
  end;

  TMeasures = record
    Count: Word;
    Length: SizeUInt;
    Distance: PtrInt;
  end;

  TAddresses = record
    Kind: Byte;
    Base: PtrUInt;
    Shift: PtrInt;
    Owner: Pointer;
  end;

  TWideLetters = record
    Initial: TWChar;
    Name: array[0..6] of TWChar;
    Age: Byte;
  end;

{$PACKENUM 1}
  TLampState = (lampOff = 0, lampOn = 1, lampBroken = 255);

{$PACKENUM 2}
  TAxisName = (axisNone = -1, axisX, axisY, axisZ);

{$PACKENUM 4}
  TDirection = (dirNorth, dirEast, dirSouth, dirWest);

  { No enumeration of Pascal's goes beyond a LongInt. }
  TRunMode = LongWord;
  TFeatureBit = QWord;

  TChoices = record
    Lamp: TLampState;
    Axis: TAxisName;
    Mode: TRunMode;
    Feature: TFeatureBit;
    Direction: TDirection;
  end;

const
  runIdle = TRunMode(0);
  runRunning = TRunMode(10);
  runFailed = TRunMode($FFFFFFFF);

  featureLogging = TFeatureBit(1);
  featureRemote = TFeatureBit($100000000);

implementation

end.
