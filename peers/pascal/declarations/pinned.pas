{ Offsets and sizes that others wrote down. Pascal has no place for them: the holes are fields of their own. }
unit Pinned;

{$MODE OBJFPC}
{$PACKRECORDS C}

interface

type
  TPinnedHoles = record
    Magic: LongWord;
    Reserved1: array[0..11] of Byte;
    Serial: QWord;
    Reserved2: array[0..15] of Byte;
    Level: Single;
    Reserved3: array[0..2] of Byte;
    Flag: Byte;
    Reserved4: array[0..15] of Byte;
  end;

  TPinnedOrder = record
    First: LongWord;
    Reserved1: array[0..3] of Byte;
    Middle: Double;
    Reserved2: array[0..3] of Byte;
    Last: Word;
    Reserved3: array[0..1] of Byte;
  end;

  TPinnedOdd = packed record
    Version: Byte;
    Stamp: LongWord;
    Reserved1: array[0..1] of Byte;
    Level: Double;
    Reserved2: array[0..1] of Byte;
    Port: Word;
    Reserved3: array[0..4] of Byte;
  end;

  TSizedOnly = record
    Version: LongWord;
    Level: Double;
    Flags: array[0..2] of Word;
    Reserved: array[0..25] of Byte;
  end;

  TRegisterBlock = record
    Control: LongWord;
    Status: LongWord;
    Reserved1: array[$08..$1F] of Byte;
    Interrupts: QWord;
    Reserved2: array[$28..$7F] of Byte;
    Queue: array[0..7] of Word;
    Reserved3: array[$90..$FE] of Byte;
    Revision: Byte;
  end;

implementation

end.
