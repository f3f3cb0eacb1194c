{ A leaf's value in the layout's kind, put into the declaration's own field by ordinary assignment, and read from it by
  ordinary use: there is a Put, a Get and a KindOf for each type that a field may have, and the compiler finds them. }
unit Fields;

{$MODE OBJFPC}{$H+}{$MACRO ON}
{$RANGECHECKS OFF}{$OVERFLOWCHECKS OFF}
{$WARN 5024 OFF} // only what is wider than its type says asks for Size

interface

type
  TValueKind = (vkSigned, vkUnsigned, vkSingle, vkDouble);

  { What a field is to be set to, or is, in the layout's kind. }
  TValue = record
    Kind: TValueKind;
    case Integer of
      0: (Whole: Int64); // of an unsigned kind the same bits
      1: (AsSingle: Single);
      2: (AsDouble: Double);
  end;

function ValueOf(Kind: TValueKind; Bytes: LongInt; Bits: QWord): TValue;
function BitsOf(const Value: TValue; Bytes: LongInt): QWord;

{$I fieldtypes.inc}

{ An enumeration or a set is an ordinal as wide as its field. }
procedure Put(var Field; const Value: TValue; Size: LongInt); overload;
procedure Get(var Field; var Value: TValue; Size: LongInt); overload;
function KindOf(var Field): PAnsiChar; overload;

{ Returns what an enumerated field is: declared as an enumeration, or as the type that KindOf found. }
function EnumKind(Kind: PAnsiChar; Negative: Boolean): PAnsiChar;

implementation

function ValueOf(Kind: TValueKind; Bytes: LongInt; Bits: QWord): TValue;
begin
  Result.Kind := Kind;
  Result.Whole := Int64(Bits);
  if Kind = vkSigned then
    case Bytes of
      1: Result.Whole := ShortInt(Bits);
      2: Result.Whole := SmallInt(Bits);
      4: Result.Whole := LongInt(Bits);
    end;
end;

function BitsOf(const Value: TValue; Bytes: LongInt): QWord;
begin
  Result := QWord(Value.Whole);
  case Bytes of
    1: Result := Byte(Result);
    2: Result := Word(Result);
    4: Result := LongWord(Result);
  end;
end;

function WholeOf(const Value: TValue): Int64;
begin
  case Value.Kind of
    vkSingle: Result := Trunc(Value.AsSingle);
    vkDouble: Result := Trunc(Value.AsDouble);
  else
    Result := Value.Whole;
  end;
end;

procedure SetWhole(var Value: TValue; Whole: Int64);
begin
  case Value.Kind of
    vkSingle: Value.AsSingle := Whole;
    vkDouble: Value.AsDouble := Whole;
  else
    Value.Whole := Whole;
  end;
end;

{$DEFINE FIELD_BODIES}
{$I fieldtypes.inc}

procedure Put(var Field; const Value: TValue; Size: LongInt);
var
  Whole: Int64;
begin
  Whole := WholeOf(Value);
  case Size of
    1: Byte(Field) := Byte(Whole);
    2: Word(Field) := Word(Whole);
    4: LongWord(Field) := LongWord(Whole);
    8: Int64(Field) := Whole;
  else
    FillChar(Field, Size, 0);
    if Size > SizeOf(Whole) then
      Size := SizeOf(Whole);
    Move(Whole, Field, Size);
  end;
end;

procedure Get(var Field; var Value: TValue; Size: LongInt);
var
  Whole: Int64 = 0;
begin
  if Size > SizeOf(Whole) then
    Size := SizeOf(Whole);
  Move(Field, Whole, Size);
  if Value.Kind = vkSigned then
    Whole := ValueOf(vkSigned, Size, QWord(Whole)).Whole;
  SetWhole(Value, Whole);
end;

function KindOf(var Field): PAnsiChar;
begin
  KindOf := nil;
end;

function EnumKind(Kind: PAnsiChar; Negative: Boolean): PAnsiChar;
begin
  if Kind <> nil then
    Exit(Kind);
  if Negative then
    Exit('signed enum');
  Result := 'unsigned enum';
end;

end.
