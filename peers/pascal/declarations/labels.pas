{ Text: in arrays of fixed length, and behind its length in bytes, without a final NUL, at the end of a record. }
unit Labels;

{$MODE OBJFPC}
{$PACKRECORDS C}

interface

type
  TByteLabel = record
    Text: array[0..15] of AnsiChar;
    Colour: LongWord;
  end;

  TUnitLabel = record
    Caption: array[0..8] of WideChar;
    Value: LongInt;
  end;

  TNameList = record
    Count: Byte;
    Names: array[0..2, 0..11] of AnsiChar;
    Check: Word;
  end;

  TNote = record
    Channel: Word;
    Length: LongInt;
    Text: array[0..0] of AnsiChar;
  end;

  TPackedNote = packed record
    Version: Byte;
    Time: Int64;
    Length: LongInt;
    Text: array[0..0] of AnsiChar;
  end;

  TAnnouncement = record
    Time: QWord;
    Level: Word;
    Length: LongInt;
    Text: array[0..0] of WideChar;
  end;

implementation

end.
