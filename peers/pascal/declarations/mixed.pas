{ Scalars of different widths side by side. The holes between them are those of C. }
unit Mixed;

{$MODE OBJFPC}
{$PACKRECORDS C}

interface

type
  TMixed = record
    Tag: Byte;
    Serial: QWord;
    Port: Word;
    Level: Double;
  end;

  TMixedWider = record
    Tag: Byte;
    Serial: QWord;
    Port: LongWord;
    Level: Double;
  end;

  TMixedWhole = record
    Tag: Byte;
    Serial: QWord;
    Port: Word;
    Level: QWord;
  end;

  THoles = record
    First: Byte;
    Two: Word;
    Second: Byte;
    Four: LongInt;
    Third: Byte;
    Eight: Int64;
    Fourth: Byte;
  end;

  TTailPadded = record
    Value: Double;
    Count: LongWord;
    Flag: Boolean;
  end;

  TOddArrays = record
    Bytes: array[0..2] of Byte;
    Words: array[0..2] of Word;
    Ready: Boolean;
    Points: array[0..1] of Double;
    Rest: array[0..4] of ShortInt;
  end;

implementation

end.
