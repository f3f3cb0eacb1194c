{ What stands in front of shared data so that two processes do not trip over each other. }
unit Locks;

{$MODE OBJFPC}
{$PACKRECORDS C}

interface

type
  TLockedBlock = record
    Lock: LongWord;
    Data: array[0..59] of Byte;
  end;

  TSequencedQuote = record
    Sequence: LongWord;
    Time: Int64;
    Bid: Double;
    Ask: Double;
  end;

  { Head and tail on cache lines of their own. }
  TRingHeader = record
    Magic: LongWord;
    Capacity: LongWord;
    Stride: Word;
    Reserved1: array[0..53] of Byte;
    Head: QWord;
    Reserved2: array[0..55] of Byte;
    Tail: QWord;
    Reserved3: array[0..55] of Byte;
  end;

  TFrameSlot = record
    Number: QWord;
    Used: Word;
    Pixels: array[0..12] of Byte;
  end;

  TTripleBuffer = record
    Latest: Byte;
    Fresh: Boolean;
    Slots: array[0..2] of TFrameSlot;
  end;

implementation

end.
