{ The seed programs' own records. Nothing in these units is generated; the probe only measures it. }
unit Seed;

{$MODE OBJFPC}
{$PACKRECORDS C}

interface

type
  TInteger = record
    Value: LongInt;
  end;

  TMySharedData = record
    Value: LongInt;
    Letter: WideChar;
    Numbers: array[0..49] of Single;
  end;

  { Pascal writes no offsets down, so what a C# FieldOffset implies is a field of its own. }
  TMySharedDataExplicit = record
    Value: LongInt;
    Letter: WideChar;
    Reserved: Word;
    Numbers: array[0..49] of Single;
  end;

  // The bytes of JSON that follow, then {"title":"…","content":"…"} without a final NUL.
  TMessage = record
    Length: LongInt;
    Json: array[0..0] of AnsiChar;
  end;

  { The length is in bytes, not in units. }
  TSomeData = record
    CurrentDate: Int64;
    Length: LongInt;
    Text: array[0..0] of WideChar;
  end;

implementation

end.
