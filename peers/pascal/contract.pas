{ The records under the names of the library contract: described, stored and loaded. }
unit Contract;

{$MODE OBJFPC}{$H+}

interface

uses
  Layouts, Results, Texts;

type
  { A text's code units, each big-endian. On load the caller gives a buffer and its size, the callee sets the count. }
  PPeerText = ^TPeerText;
  TPeerText = record
    Bytes: PByte;
    Count: Int64;
  end;

function PeerInfo: PAnsiChar; cdecl;
function PeerLayoutCount: LongInt; cdecl;
function PeerLayoutName(Layout: LongInt): PAnsiChar; cdecl;
function PeerLayoutSize(Layout: LongInt): Int64; cdecl;
function PeerLayoutAlign(Layout: LongInt): Int64; cdecl;
function PeerLeafCount(Layout: LongInt): LongInt; cdecl;
function PeerLeaf(Layout, Leaf: LongInt; Path: PPAnsiChar; Offset, Width: PInt64): TResult; cdecl;
function PeerLeafKind(Layout, Leaf: LongInt): PAnsiChar; cdecl;
function PeerMemberCount(Layout: LongInt): LongInt; cdecl;
function PeerMember(Layout, Member: LongInt; Path: PPAnsiChar; Offset, Size: PInt64): TResult; cdecl;
function PeerConstantCount(Layout: LongInt): LongInt; cdecl;
function PeerConstant(Layout, Constant: LongInt; Enumeration, Name: PPAnsiChar; Value: PInt64): TResult; cdecl;
function PeerStore(Layout: LongInt; Where: Pointer; Capacity: Int64; Leaves: PQWord; Given: PPeerText): TResult; cdecl;
function PeerStoreLeaf(Layout: LongInt; Where: Pointer; Capacity: Int64; Leaf: LongInt; Bits: QWord): TResult; cdecl;
function PeerLoad(Layout: LongInt; Where: Pointer; Capacity: Int64; Leaves: PQWord; Found: PPeerText): TResult; cdecl;

implementation

uses
  About, Probe;

function Known(Layout: LongInt): Boolean;
begin
  Known := (Layout >= 0) and (Layout < LayoutCount);
end;

function PeerInfo: PAnsiChar; cdecl;
begin
  PeerInfo := Info;
end;

function PeerLayoutCount: LongInt; cdecl;
begin
  PeerLayoutCount := LayoutCount;
end;

function PeerLayoutName(Layout: LongInt): PAnsiChar; cdecl;
begin
  if not Known(Layout) then
    Exit(nil);
  Result := Table[Layout].Name;
end;

function PeerLayoutSize(Layout: LongInt): Int64; cdecl;
begin
  if not Known(Layout) then
    Exit(-1);
  Result := Table[Layout].Size;
end;

function PeerLayoutAlign(Layout: LongInt): Int64; cdecl;
begin
  if not Known(Layout) then
    Exit(-1);
  Result := NoAlignment;
end;

function PeerLeafCount(Layout: LongInt): LongInt; cdecl;
begin
  if not Known(Layout) then
    Exit(-1);
  Result := Length(Table[Layout].Leaves);
end;

function PeerLeaf(Layout, Leaf: LongInt; Path: PPAnsiChar; Offset, Width: PInt64): TResult; cdecl;
begin
  if not Known(Layout) then
    Exit(rsUnsupported);
  if (Leaf < 0) or (Leaf > High(Table[Layout].Leaves)) or (Path = nil) or (Offset = nil) or (Width = nil) then
    Exit(rsInvalid);
  Path^ := Table[Layout].Leaves[Leaf].Path;
  Offset^ := Table[Layout].Leaves[Leaf].Offset;
  Width^ := Table[Layout].Leaves[Leaf].Width;
  Result := rsOk;
end;

function PeerLeafKind(Layout, Leaf: LongInt): PAnsiChar; cdecl;
begin
  if not Known(Layout) or (Leaf < 0) or (Leaf > High(Table[Layout].Leaves)) then
    Exit(nil);
  Result := Table[Layout].Leaves[Leaf].Kind;
end;

function PeerMemberCount(Layout: LongInt): LongInt; cdecl;
begin
  if not Known(Layout) then
    Exit(-1);
  Result := Length(Table[Layout].Members);
end;

function PeerMember(Layout, Member: LongInt; Path: PPAnsiChar; Offset, Size: PInt64): TResult; cdecl;
begin
  if not Known(Layout) then
    Exit(rsUnsupported);
  if (Member < 0) or (Member > High(Table[Layout].Members)) or (Path = nil) or (Offset = nil) or (Size = nil) then
    Exit(rsInvalid);
  Path^ := Table[Layout].Members[Member].Path;
  Offset^ := Table[Layout].Members[Member].Offset;
  Size^ := Table[Layout].Members[Member].Size;
  Result := rsOk;
end;

function PeerConstantCount(Layout: LongInt): LongInt; cdecl;
begin
  if not Known(Layout) then
    Exit(-1);
  Result := Length(Table[Layout].Constants);
end;

function PeerConstant(Layout, Constant: LongInt; Enumeration, Name: PPAnsiChar; Value: PInt64): TResult; cdecl;
begin
  if not Known(Layout) then
    Exit(rsUnsupported);
  if (Constant < 0) or (Constant > High(Table[Layout].Constants)) or (Enumeration = nil) or (Name = nil)
    or (Value = nil) then
    Exit(rsInvalid);
  Enumeration^ := Table[Layout].Constants[Constant].Enumeration;
  Name^ := Table[Layout].Constants[Constant].Name;
  Value^ := Table[Layout].Constants[Constant].Value;
  Result := rsOk;
end;

{ Returns whether a store or a load of a layout can be tried at all. }
function Checked(Layout: LongInt; Where: Pointer; Leaves: PQWord; Given: PPeerText): TResult;
begin
  if not Known(Layout) then
    Exit(rsUnsupported);
  if (Where = nil) or (Leaves = nil) or ((Given = nil) and (Table[Layout].TextCount > 0)) then
    Exit(rsInvalid);
  Result := rsOk;
end;

function PeerStore(Layout: LongInt; Where: Pointer; Capacity: Int64; Leaves: PQWord; Given: PPeerText): TResult; cdecl;
var
  Parts: TTexts = nil;
  I: LongInt;
begin
  Result := Checked(Layout, Where, Leaves, Given);
  if Result <> rsOk then
    Exit;
  SetLength(Parts, Table[Layout].TextCount);
  for I := 0 to High(Parts) do
  begin
    if Given[I].Count < 0 then
      Exit(rsInvalid);
    SetString(Parts[I], PAnsiChar(Given[I].Bytes), Given[I].Count);
  end;
  Result := Store(Table[Layout], Where, Capacity, Leaves, Parts);
end;

function PeerStoreLeaf(Layout: LongInt; Where: Pointer; Capacity: Int64; Leaf: LongInt; Bits: QWord): TResult; cdecl;
begin
  if not Known(Layout) then
    Exit(rsUnsupported);
  if Where = nil then
    Exit(rsInvalid);
  Result := StoreLeaf(Table[Layout], Where, Capacity, Leaf, Bits);
end;

{ Gives all texts, or none where one does not fit. }
function Give(const Parts: TTexts; Found: PPeerText): TResult;
var
  I: LongInt;
begin
  for I := 0 to High(Parts) do
    if Length(Parts[I]) > Found[I].Count then
      Exit(rsRange);
  for I := 0 to High(Parts) do
  begin
    Found[I].Count := Length(Parts[I]);
    if Parts[I] <> '' then
      Move(Parts[I][1], Found[I].Bytes^, Length(Parts[I]));
  end;
  Result := rsOk;
end;

function PeerLoad(Layout: LongInt; Where: Pointer; Capacity: Int64; Leaves: PQWord; Found: PPeerText): TResult; cdecl;
var
  Parts: TTexts;
begin
  Result := Checked(Layout, Where, Leaves, Found);
  if Result = rsOk then
    Result := Load(Table[Layout], Where, Capacity, Leaves, Parts);
  if Result = rsOk then
    Result := Give(Parts, Found);
end;

end.
