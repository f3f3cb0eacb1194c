{ Bytes with more than one name. }
unit Unions;

{$MODE OBJFPC}
{$PACKRECORDS C}

interface

type
  TFloatBits = record
    case Integer of
      0: (Real: Single);
      1: (Bits: LongWord);
      2: (Bytes: array[0..3] of Byte);
  end;

  TNumberValue = record
    case Integer of
      0: (Whole: Int64);
      1: (Real: Double);
      2: (Halves: array[0..1] of LongWord);
      3: (Raw: array[0..15] of Byte);
  end;

{$PACKENUM 4}
  TVariantTag = (tagEmpty, tagWhole, tagReal, tagRaw);

  TVariant = record
    Tag: TVariantTag;
    Value: TNumberValue;
  end;

  TVariantList = record
    Count: Word;
    Items: array[0..2] of TVariant;
  end;

  TRoundShape = record
    CentreX: Single;
    CentreY: Single;
    Radius: Double;
  end;

  TEdgedShape = record
    Left: SmallInt;
    Top: SmallInt;
    Width: LongWord;
    Height: LongWord;
  end;

  TShapeBody = record
    case Boolean of
      False: (Round: TRoundShape);
      True: (Edged: TEdgedShape);
  end;

  TDrawnShape = record
    Kind: Byte;
    Body: TShapeBody;
    Colour: LongWord;
  end;

implementation

end.
