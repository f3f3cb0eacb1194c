{ Records in records, arrays of records, arrays of arrays. }
unit Nested;

{$MODE OBJFPC}
{$PACKRECORDS C}

interface

type
  TVector = record
    X, Y, Z: Single;
  end;

  TPose = record
    Position: TVector;
    Heading: TVector;
    Valid: Boolean;
  end;

  TWheel = record
    Locked: Boolean;
    Speed: Single;
    Slip: array[0..1] of Single;
    Wear: Byte;
  end;

  TCar = record
    Number: Word;
    Wheels: array[0..3] of TWheel;
    Body: TPose;
  end;

  TGarage = record
    Open: Boolean;
    Cars: array[0..1] of TCar;
    Area: Double;
  end;

  TTensor = record
    Rank: Byte;
    Cells: array[0..1, 0..2, 0..3] of SmallInt;
    Scale: array[0..1, 0..1] of Double;
  end;

  TTile = record
    Kind: Byte;
    Heights: array[0..1, 0..2] of Word;
  end;

  TBoard = record
    Turn: LongInt;
    Tiles: array[0..1, 0..2] of TTile;
    Score: array[0..1] of LongWord;
  end;

implementation

end.
