{ The table that the generated probe fills in: what this compiler made of each declaration. }
unit Layouts;

{$MODE OBJFPC}{$H+}

interface

uses
  Fields, Results, Texts;

type
  TLeaf = record
    Path: PAnsiChar;
    Offset: Int64;
    Width: LongInt; // bytes of the declared field; 0 for a text
    Bytes: LongInt; // bytes of the layout's kind, in which the value travels; 0 for a text
    Travels: TValueKind;
    TextUnit: LongInt; // bytes of a text's code unit; 0 for anything else
    Kind: PAnsiChar; // nil where it cannot be told
  end;

  { A field as a whole: all elements of an array. }
  TMember = record
    Path: PAnsiChar;
    Offset: Int64;
    Size: Int64;
  end;

  TConstant = record
    Enumeration: PAnsiChar;
    Name: PAnsiChar;
    Value: Int64; // beyond High(Int64) its two's complement, and not negative
    Negative: Boolean;
  end;

  TPut = procedure(Where: Pointer; Leaf: LongInt; const Value: TValue);
  TGet = procedure(Where: Pointer; Leaf: LongInt; var Value: TValue);

  PLayout = ^TLayout;
  TLayout = record
    Name: PAnsiChar;
    Base: Pointer; // the record that is measured
    Size: Int64; // of a record with texts: where the first begins
    Leaves: array of TLeaf;
    Members: array of TMember;
    Constants: array of TConstant;
    Put: TPut;
    Get: TGet;
    TextCount: LongInt;
    LengthAt: Int64; // where the length of the texts stands
    Form: TTextForm;
  end;

  TBits = array of QWord;

const
  { Where a record stands in another follows from where its fields happen to be, and from no packing of its own: that is
    nothing to compare with what others mean by alignment. }
  NoAlignment = 0;

{ What the probe says, one call for each thing that it measured. }
procedure AddLeaf(var Layout: TLayout; Path: PAnsiChar; Where: Pointer; Width: LongInt; Kind: PAnsiChar;
  Travels: TValueKind; Bytes: LongInt);
procedure AddText(var Layout: TLayout; Path: PAnsiChar; Where: Pointer; TextUnit: LongInt);
procedure AddMember(var Layout: TLayout; Path: PAnsiChar; Where: Pointer; Size: Int64);
procedure AddConstant(var Layout: TLayout; Enumeration, Name: PAnsiChar; Value: Int64; Negative: Boolean);

{ Room is how many bytes there are from Where on. What does not fit is rsRange, and nothing is touched. Bits has one word for
  each leaf, unused for texts. }
function Store(const Layout: TLayout; Where: Pointer; Room: Int64; Bits: PQWord; const Given: TTexts): TResult;
function StoreLeaf(const Layout: TLayout; Where: Pointer; Room: Int64; Leaf: LongInt; Bits: QWord): TResult;
function Load(const Layout: TLayout; Where: Pointer; Room: Int64; Bits: PQWord; out Found: TTexts): TResult;

implementation

procedure Append(var Layout: TLayout; const Leaf: TLeaf);
begin
  SetLength(Layout.Leaves, Length(Layout.Leaves) + 1);
  Layout.Leaves[High(Layout.Leaves)] := Leaf;
end;

procedure AddLeaf(var Layout: TLayout; Path: PAnsiChar; Where: Pointer; Width: LongInt; Kind: PAnsiChar;
  Travels: TValueKind; Bytes: LongInt);
var
  Leaf: TLeaf;
begin
  Leaf.Path := Path;
  Leaf.Offset := Where - Layout.Base;
  Leaf.Width := Width;
  Leaf.Bytes := Bytes;
  Leaf.Travels := Travels;
  Leaf.TextUnit := 0;
  Leaf.Kind := Kind;
  Append(Layout, Leaf);
end;

procedure AddText(var Layout: TLayout; Path: PAnsiChar; Where: Pointer; TextUnit: LongInt);
var
  Leaf: TLeaf;
begin
  FillChar(Leaf, SizeOf(Leaf), 0);
  Leaf.Path := Path;
  Leaf.Offset := Where - Layout.Base;
  Leaf.TextUnit := TextUnit;
  Leaf.Kind := 'text';
  if Layout.TextCount = 0 then
    Layout.Size := Leaf.Offset;
  Inc(Layout.TextCount);
  Append(Layout, Leaf);
end;

procedure AddMember(var Layout: TLayout; Path: PAnsiChar; Where: Pointer; Size: Int64);
begin
  SetLength(Layout.Members, Length(Layout.Members) + 1);
  Layout.Members[High(Layout.Members)].Path := Path;
  Layout.Members[High(Layout.Members)].Offset := Where - Layout.Base;
  Layout.Members[High(Layout.Members)].Size := Size;
end;

procedure AddConstant(var Layout: TLayout; Enumeration, Name: PAnsiChar; Value: Int64; Negative: Boolean);
begin
  SetLength(Layout.Constants, Length(Layout.Constants) + 1);
  Layout.Constants[High(Layout.Constants)].Enumeration := Enumeration;
  Layout.Constants[High(Layout.Constants)].Name := Name;
  Layout.Constants[High(Layout.Constants)].Value := Value;
  Layout.Constants[High(Layout.Constants)].Negative := Negative;
end;

{ Returns where the fixed part ends: the size, or a field that a declaration shorter than its layout left outside. }
function FixedEnd(const Layout: TLayout): Int64;
var
  I: LongInt;
begin
  Result := Layout.Size;
  for I := 0 to High(Layout.Leaves) do
    if Layout.Leaves[I].Offset + Layout.Leaves[I].Width > Result then
      Result := Layout.Leaves[I].Offset + Layout.Leaves[I].Width;
end;

procedure PutLeaf(const Layout: TLayout; Where: Pointer; Leaf: LongInt; Bits: QWord);
begin
  with Layout.Leaves[Leaf] do
    Layout.Put(Where, Leaf, ValueOf(Travels, Bytes, Bits));
end;

{ The length comes last: whoever sees it sees all of the record. }
procedure StoreBody(const Layout: TLayout; Where: Pointer; const Body: RawByteString);
begin
  if Body <> '' then
    Move(Body[1], (Where + Layout.Size)^, Length(Body));
  WriteBarrier;
  PLongInt(Where + Layout.LengthAt)^ := Length(Body);
end;

{ Copies the body as long as its length says now: its writer may go on writing. }
function LoadBody(const Layout: TLayout; Where: Pointer; Room: Int64; out Body: RawByteString): Boolean;
var
  Bytes: LongInt;
begin
  Body := '';
  Bytes := PLongInt(Where + Layout.LengthAt)^;
  ReadBarrier;
  Result := (Bytes >= 0) and (Bytes <= Room - Layout.Size);
  if Result then
    SetString(Body, PAnsiChar(Where + Layout.Size), Bytes);
end;

function Store(const Layout: TLayout; Where: Pointer; Room: Int64; Bits: PQWord; const Given: TTexts): TResult;
var
  Body: RawByteString;
  I: LongInt;
begin
  Body := '';
  if (Layout.TextCount > 0) and not Layout.Form.Pack(Given, Body) then
    Exit(rsInvalid);
  if (FixedEnd(Layout) > Room) or (Layout.Size + Length(Body) > Room) or (Length(Body) > High(LongInt)) then
    Exit(rsRange);
  for I := 0 to High(Layout.Leaves) do
    if Layout.Leaves[I].TextUnit = 0 then
      PutLeaf(Layout, Where, I, Bits[I]);
  if Layout.TextCount > 0 then
    StoreBody(Layout, Where, Body);
  Result := rsOk;
end;

function StoreLeaf(const Layout: TLayout; Where: Pointer; Room: Int64; Leaf: LongInt; Bits: QWord): TResult;
begin
  if (Leaf < 0) or (Leaf > High(Layout.Leaves)) then
    Exit(rsInvalid);
  if Layout.Leaves[Leaf].TextUnit > 0 then // a text cannot change without its length, and its neighbours in a body
    Exit(rsUnsupported);
  if FixedEnd(Layout) > Room then
    Exit(rsRange);
  PutLeaf(Layout, Where, Leaf, Bits);
  Result := rsOk;
end;

function Load(const Layout: TLayout; Where: Pointer; Room: Int64; Bits: PQWord; out Found: TTexts): TResult;
var
  Body: RawByteString;
  Value: TValue;
  I: LongInt;
begin
  Found := nil;
  if FixedEnd(Layout) > Room then
    Exit(rsRange);
  if Layout.TextCount > 0 then
  begin
    if not LoadBody(Layout, Where, Room, Body) then
      Exit(rsRange);
    SetLength(Found, Layout.TextCount);
    if not Layout.Form.Unpack(Body, Found) then
      Exit(rsInvalid);
  end;
  for I := 0 to High(Layout.Leaves) do
  begin
    Value := ValueOf(Layout.Leaves[I].Travels, 0, 0);
    if Layout.Leaves[I].TextUnit = 0 then
      Layout.Get(Where, I, Value);
    Bits[I] := BitsOf(Value, Layout.Leaves[I].Bytes);
  end;
  Result := rsOk;
end;

end.
