{ The same fields under every packing, and packed and unpacked records inside each other. }
unit Packing;

{$MODE OBJFPC}
{$PACKRECORDS C}

interface

type
  TPackedBy1 = packed record
    Tag: Byte;
    Serial: QWord;
    Port: Word;
    Level: Double;
    Last: Byte;
  end;

{$PACKRECORDS 2}
  TPackedBy2 = record
    Tag: Byte;
    Serial: QWord;
    Port: Word;
    Level: Double;
    Last: Byte;
  end;

{$PACKRECORDS 4}
  TPackedBy4 = record
    Tag: Byte;
    Serial: QWord;
    Port: Word;
    Level: Double;
    Last: Byte;
  end;

{$PACKRECORDS 8}
  TPackedBy8 = record
    Tag: Byte;
    Serial: QWord;
    Port: Word;
    Level: Double;
    Last: Byte;
  end;

{$PACKRECORDS C}
  TSample = packed record
    Channel: Byte;
    Value: Single;
  end;

  TSampleBlock = record
    Count: Word;
    Samples: array[0..4] of TSample;
    Time: Int64;
  end;

  TLoose = record
    Kind: Byte;
    Value: LongWord;
    Check: Word;
  end;

  TLooseInPacked = packed record
    Before: Byte;
    Inner: TLoose;
    After: Word;
    More: array[0..1] of TLoose;
  end;

implementation

end.
