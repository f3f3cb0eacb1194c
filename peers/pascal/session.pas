{ The verbs, and the maps and views they leave open between requests. Each answers by itself and returns rsOk, or returns what
  went wrong and leaves the answer to its caller. }
unit Session;

{$MODE OBJFPC}{$H+}

interface

uses
  Results, Wire;

const
  Endless = High(LongInt);

type
  TVerb = record
    Name: RawByteString;
    Run: function(const Request: TRequest): TResult;
    Least, Most: LongInt; // words, the sequence number and the verb among them
  end;

var
  SystemCode: Int64; // the system's word for what went wrong; 0 where it was not asked

function DoCreateNew(const Request: TRequest): TResult;
function DoCreateOrOpen(const Request: TRequest): TResult;
function DoOpenExisting(const Request: TRequest): TResult;
function DoView(const Request: TRequest): TResult;
function DoPeek(const Request: TRequest): TResult;
function DoPoke(const Request: TRequest): TResult;
function DoDescribe(const Request: TRequest): TResult;
function DoStore(const Request: TRequest): TResult;
function DoStoreLeaf(const Request: TRequest): TResult;
function DoLoad(const Request: TRequest): TResult;
function DoAwait(const Request: TRequest): TResult;
function DoLock(const Request: TRequest): TResult;
function DoCloseView(const Request: TRequest): TResult;
function DoCloseMap(const Request: TRequest): TResult;

procedure CloseEverything;

implementation

uses
  {$IFDEF WINDOWS} WindowsSegments {$ELSE} LinuxSegments {$ENDIF}, Buffers, Layouts, Lock, Probe, Streams, Texts;

type
  TView = record
    Bytes: PByte;
    Capacity: Int64;
    Access: TAccess;
  end;

var
  { By number, from 1; a number is never given twice, and what is closed is nil. }
  Maps: array of PSegment;
  MapCount: LongInt = 0;
  Views: array of TView;
  ViewCount: LongInt = 0;

function Succeeded(AResult: TResult): Boolean;
begin
  Result := AResult = rsOk;
  if not Result then
    SystemCode := BufferErrorCode;
end;

function AnswerNothing(const Request: TRequest): TResult;
begin
  BeginAnswer(Request);
  EndAnswer;
  Result := rsOk;
end;

procedure AnswerNumber(const Key: RawByteString; Number: Int64);
begin
  Say('"' + Key + '":');
  SayNumber(Number);
end;

{ ---- maps ---- }

function OpenMap(const Text: RawByteString; out Index: LongInt): Boolean;
var
  Number: Int64;
begin
  Result := ParseNumber(Text, Number) and (Number >= 1) and (Number <= MapCount) and (Maps[Number - 1] <> nil);
  if Result then
    Index := Number - 1;
end;

procedure KeepMap(Segment: PSegment);
begin
  if MapCount = Length(Maps) then
    SetLength(Maps, 2 * MapCount + 8);
  Maps[MapCount] := Segment;
  Inc(MapCount);
end;

function Open(const Request: TRequest; Size: Int64; Mode: TMode): TResult;
const
  Words: array[Boolean] of RawByteString = ('false', 'true');
var
  Name: RawByteString;
  Segment: Pointer;
begin
  Result := DecodeName(Request.Words[2], Name);
  if Result <> rsOk then
    Exit;
  Result := OpenBufferFile(PAnsiChar(Name), Size, Ord(Mode), @Segment);
  if not Succeeded(Result) then
    Exit;
  KeepMap(Segment);
  BeginAnswer(Request);
  AnswerNumber('map', MapCount);
  Say(',"created":' + Words[PSegment(Segment)^.Created] + ',');
  AnswerNumber('capacity', PSegment(Segment)^.Capacity);
  EndAnswer;
end;

function DoCreateNew(const Request: TRequest): TResult;
var
  Size: Int64;
begin
  if not ParseNumber(Request.Words[3], Size) then
    Exit(rsInvalid);
  Result := Open(Request, Size, moCreateNew);
end;

function DoCreateOrOpen(const Request: TRequest): TResult;
var
  Size: Int64;
begin
  if not ParseNumber(Request.Words[3], Size) then
    Exit(rsInvalid);
  Result := Open(Request, Size, moCreateOrOpen);
end;

function DoOpenExisting(const Request: TRequest): TResult;
begin
  if (Length(Request.Words) < 4) or (Request.Words[3] = 'read_write') then
    Exit(Open(Request, 0, moOpen));
  if Request.Words[3] = 'read' then
    Exit(Open(Request, 0, moOpenRead));
  Result := rsInvalid;
end;

function DoCloseMap(const Request: TRequest): TResult;
var
  Index: LongInt;
begin
  if not OpenMap(Request.Words[2], Index) then
    Exit(rsClosed);
  FreeBufferFile(Maps[Index]);
  Maps[Index] := nil;
  Result := AnswerNothing(Request);
end;

{ ---- views ---- }

function OpenView(const Text: RawByteString; out Index: LongInt): Boolean;
var
  Number: Int64;
begin
  Result := ParseNumber(Text, Number) and (Number >= 1) and (Number <= ViewCount)
    and (Views[Number - 1].Bytes <> nil);
  if Result then
    Index := Number - 1;
end;

function ParseAccess(const Text: RawByteString; out Access: TAccess): Boolean;
const
  Names: array[TAccess] of RawByteString = ('read', 'write', 'read_write', 'copy');
begin
  for Access in TAccess do
    if Names[Access] = Text then
      Exit(True);
  Result := False;
end;

procedure KeepView(Buffer: Pointer; Access: TAccess);
begin
  if ViewCount = Length(Views) then
    SetLength(Views, 2 * ViewCount + 8);
  Views[ViewCount].Bytes := Buffer;
  Views[ViewCount].Capacity := BufferCapacity(Buffer);
  Views[ViewCount].Access := Access;
  Inc(ViewCount);
end;

function DoView(const Request: TRequest): TResult;
var
  Offset, Size: Int64;
  Access: TAccess;
  Map: LongInt;
  Buffer: Pointer;
begin
  if not (ParseNumber(Request.Words[3], Offset) and ParseNumber(Request.Words[4], Size)
    and ParseAccess(Request.Words[5], Access)) then
    Exit(rsInvalid);
  if (Length(Request.Words) > 6) and (Request.Words[6] <> 'accessor') then
  begin
    if Request.Words[6] = 'stream' then
      Exit(rsUnsupported);
    Exit(rsInvalid);
  end;
  if not OpenMap(Request.Words[2], Map) then
    Exit(rsClosed);
  Result := MapBuffer(Maps[Map], Offset, Size, Ord(Access), @Buffer);
  if not Succeeded(Result) then
    Exit;
  KeepView(Buffer, Access);
  BeginAnswer(Request);
  AnswerNumber('view', ViewCount);
  Say(',');
  AnswerNumber('capacity', Views[ViewCount - 1].Capacity);
  EndAnswer;
end;

function DoCloseView(const Request: TRequest): TResult;
var
  Index: LongInt;
begin
  if not OpenView(Request.Words[2], Index) then
    Exit(rsClosed);
  FreeBuffer(Views[Index].Bytes);
  Views[Index].Bytes := nil;
  Result := AnswerNothing(Request);
end;

procedure CloseEverything;
var
  I: LongInt;
begin
  for I := 0 to ViewCount - 1 do
    FreeBuffer(Views[I].Bytes);
  for I := 0 to MapCount - 1 do
    FreeBufferFile(Maps[I]);
end;

{ ---- bytes ---- }

{ Finds Count bytes at Offset in the view that the request names. }
function FindBytes(const Request: TRequest; Offset, Count: Int64; Writing: Boolean; out At: PByte): TResult;
var
  View: LongInt;
begin
  if not OpenView(Request.Words[2], View) then
    Exit(rsClosed);
  if (Writing and (Views[View].Access = acRead)) or (not Writing and (Views[View].Access = acWrite)) then
    Exit(rsAccess);
  if (Offset < 0) or (Count < 0) or (Offset > Views[View].Capacity) or (Count > Views[View].Capacity - Offset) then
    Exit(rsRange);
  At := Views[View].Bytes + Offset;
  Result := rsOk;
end;

function DoPeek(const Request: TRequest): TResult;
var
  Offset, Count: Int64;
  At: PByte;
begin
  if not (ParseNumber(Request.Words[3], Offset) and ParseNumber(Request.Words[4], Count)) then
    Exit(rsInvalid);
  Result := FindBytes(Request, Offset, Count, False, At);
  if Result <> rsOk then
    Exit;
  BeginAnswer(Request);
  Say('"bytes":"');
  SayHex(At, Count);
  Say('"');
  EndAnswer;
end;

function DoPoke(const Request: TRequest): TResult;
var
  Offset: Int64;
  Bytes: RawByteString;
  At: PByte;
begin
  if not (ParseNumber(Request.Words[3], Offset) and ParseBytes(Request.Words[4], Bytes)) then
    Exit(rsInvalid);
  Result := FindBytes(Request, Offset, Length(Bytes), True, At);
  if Result <> rsOk then
    Exit;
  Move(PAnsiChar(Bytes)^, At^, Length(Bytes));
  Result := AnswerNothing(Request);
end;

function DoAwait(const Request: TRequest): TResult;
var
  Offset, Patience, Start: Int64;
  At: PByte;
  Value: LongWord;
begin
  if not (ParseNumber(Request.Words[3], Offset) and ParseNumber(Request.Words[4], Patience)) or (Patience < 0) then
    Exit(rsInvalid);
  Result := FindBytes(Request, Offset, SizeOf(Value), False, At);
  if Result <> rsOk then
    Exit;
  Start := Milliseconds;
  repeat
    Value := PLongWord(At)^;
    ReadBarrier; // the writer's earlier stores are visible once its value is
    if Value <> 0 then
      Break;
    if Milliseconds - Start >= Patience then
      Exit(rsTimeout);
    RestAMillisecond;
  until False;
  BeginAnswer(Request);
  Say('"value":"');
  SayBits(Value, SizeOf(Value));
  Say('"');
  EndAnswer;
end;

function ParseAct(const Text: RawByteString; out Act: TLockAct): Boolean;
const
  Words: array[TLockAct] of RawByteString = ('new', 'read', 'unlock_read', 'write', 'unlock_write', 'hammer');
var
  Each: TLockAct;
begin
  Act := laNew;
  for Each := Low(TLockAct) to High(TLockAct) do
    if Words[Each] = Text then
    begin
      Act := Each;
      Exit(True);
    end;
  Result := False;
end;

function DoLock(const Request: TRequest): TResult;
const
  Words: array[TLockOutcome] of RawByteString =
    ('ok', 'uninitialized', 'write_locked', 'read_locked', 'max_readers', 'not_locked', 'torn', 'stuck');
var
  Offset, Rounds: Int64;
  Act: TLockAct;
  At: PByte;
  View, Outcome: LongInt;
  Left: LongWord;
begin
  Rounds := 0;
  if not (ParseNumber(Request.Words[3], Offset) and ParseAct(Request.Words[4], Act)) then
    Exit(rsInvalid);
  if (Act = laHammer) <> (Length(Request.Words) > 5) then
    Exit(rsInvalid);
  if (Act = laHammer) and not ParseNumber(Request.Words[5], Rounds) then
    Exit(rsInvalid);
  Result := FindBytes(Request, Offset, SizeOf(Left), False, At);
  if Result = rsOk then
    Result := FindBytes(Request, Offset, SizeOf(Left), True, At);
  if Result <> rsOk then
    Exit;
  OpenView(Request.Words[2], View);
  Outcome := PeerLock(At, Views[View].Capacity - Offset, Ord(Act), Rounds, @Left);
  if Outcome < 0 then
    Exit(rsInvalid);
  BeginAnswer(Request);
  Say('"result":"' + Words[TLockOutcome(Outcome)] + '","word":"');
  SayBits(Left, SizeOf(Left));
  Say('"');
  EndAnswer;
end;

{ ---- records ---- }

function FindLayout(const Name: RawByteString): PLayout;
var
  I: LongInt;
begin
  for I := 0 to LayoutCount - 1 do
    if Table[I].Name = Name then
      Exit(@Table[I]);
  Result := nil;
end;

procedure SayLeaves(const Layout: TLayout);
var
  I: LongInt;
begin
  for I := 0 to High(Layout.Leaves) do
  begin
    if I > 0 then
      Say(',');
    Say('["' + Layout.Leaves[I].Path + '",');
    SayNumber(Layout.Leaves[I].Offset);
    Say(',');
    SayNumber(Layout.Leaves[I].Width);
    if Layout.Leaves[I].Kind <> nil then
      Say(',"' + Layout.Leaves[I].Kind + '"');
    Say(']');
  end;
end;

procedure SayMembers(const Layout: TLayout);
var
  I: LongInt;
begin
  for I := 0 to High(Layout.Members) do
  begin
    if I > 0 then
      Say(',');
    Say('["' + Layout.Members[I].Path + '",');
    SayNumber(Layout.Members[I].Offset);
    Say(',');
    SayNumber(Layout.Members[I].Size);
    Say(']');
  end;
end;

{ The constants of one enumeration stand together. }
procedure SayEnumerations(const Layout: TLayout);
var
  I: LongInt;
  Last: RawByteString = '';
  Digits: RawByteString;
begin
  for I := 0 to High(Layout.Constants) do
    with Layout.Constants[I] do
    begin
      if Enumeration = Last then
        Say(',')
      else if I > 0 then
        Say('},"' + Enumeration + '":{')
      else
        Say('"' + Enumeration + '":{');
      if Negative then
        Str(Value, Digits)
      else
        Str(QWord(Value), Digits);
      Say('"' + Name + '":' + Digits);
      Last := Enumeration;
    end;
  if Layout.Constants <> nil then
    Say('}');
end;

function DoDescribe(const Request: TRequest): TResult;
var
  Layout: PLayout;
begin
  Layout := FindLayout(Request.Words[2]);
  if Layout = nil then
    Exit(rsUnsupported);
  BeginAnswer(Request);
  AnswerNumber('size', Layout^.Size);
  Say(',');
  AnswerNumber('align', NoAlignment);
  Say(',"leaves":[');
  SayLeaves(Layout^);
  Say('],"members":[');
  SayMembers(Layout^);
  Say('],"enums":{');
  SayEnumerations(Layout^);
  Say('}');
  EndAnswer;
  Result := rsOk;
end;

{ Words 2, 3 and 4 of a request about a record in a view. }
function FindRecord(const Request: TRequest; Writing: Boolean; out Layout: PLayout; out At: PByte; out Room: Int64): TResult;
var
  Offset: Int64;
  View: LongInt;
begin
  if not ParseNumber(Request.Words[3], Offset) then
    Exit(rsInvalid);
  Layout := FindLayout(Request.Words[4]);
  if Layout = nil then
    Exit(rsUnsupported);
  if OpenView(Request.Words[2], View) and (Offset >= 0) and (Offset <= Views[View].Capacity) then
    Room := Views[View].Capacity - Offset;
  Result := FindBytes(Request, Offset, 0, Writing, At);
end;

function ParseText(const Text: RawByteString; TextUnit: LongInt; out Units: RawByteString): Boolean;
begin
  Units := '';
  if Text = '-' then
    Exit(True);
  Result := (Text <> '') and ParseBytes(Text, Units) and (Length(Units) mod TextUnit = 0);
end;

function ParseLeaves(const Layout: TLayout; const Request: TRequest; out Bits: TBits; out Parts: TTexts): Boolean;
var
  I, Part: LongInt;
begin
  SetLength(Bits, Length(Layout.Leaves) + 1);
  SetLength(Parts, Layout.TextCount);
  Part := 0;
  for I := 0 to High(Layout.Leaves) do
    if Layout.Leaves[I].TextUnit = 0 then
    begin
      if not ParseBits(Request.Words[5 + I], Layout.Leaves[I].Bytes, Bits[I]) then
        Exit(False);
    end
    else
    begin
      if not ParseText(Request.Words[5 + I], Layout.Leaves[I].TextUnit, Parts[Part]) then
        Exit(False);
      Inc(Part);
    end;
  Result := True;
end;

function DoStore(const Request: TRequest): TResult;
var
  Layout: PLayout;
  At: PByte;
  Room: Int64;
  Bits: TBits;
  Parts: TTexts;
begin
  Result := FindRecord(Request, True, Layout, At, Room);
  if Result <> rsOk then
    Exit;
  if (Length(Request.Words) - 5 <> Length(Layout^.Leaves)) or not ParseLeaves(Layout^, Request, Bits, Parts) then
    Exit(rsInvalid);
  Result := Store(Layout^, At, Room, @Bits[0], Parts);
  if Result = rsOk then
    AnswerNothing(Request);
end;

function DoStoreLeaf(const Request: TRequest): TResult;
var
  Layout: PLayout;
  At: PByte;
  Room, Index: Int64;
  Bits: QWord;
begin
  Result := FindRecord(Request, True, Layout, At, Room);
  if Result <> rsOk then
    Exit;
  if not ParseNumber(Request.Words[5], Index) or (Index < 0) or (Index > High(Layout^.Leaves)) then
    Exit(rsInvalid);
  if Layout^.Leaves[Index].TextUnit > 0 then
    Exit(rsUnsupported);
  if not ParseBits(Request.Words[6], Layout^.Leaves[Index].Bytes, Bits) then
    Exit(rsInvalid);
  Result := StoreLeaf(Layout^, At, Room, Index, Bits);
  if Result = rsOk then
    AnswerNothing(Request);
end;

procedure SayText(const Units: RawByteString);
begin
  if Units = '' then
    Say('-')
  else
    SayHex(PByte(PAnsiChar(Units)), Length(Units));
end;

procedure SayValues(const Layout: TLayout; const Bits: TBits; const Parts: TTexts);
var
  I, Part: LongInt;
begin
  Part := 0;
  for I := 0 to High(Layout.Leaves) do
  begin
    if I > 0 then
      Say(',');
    Say('"');
    if Layout.Leaves[I].TextUnit = 0 then
      SayBits(Bits[I], Layout.Leaves[I].Bytes)
    else
    begin
      SayText(Parts[Part]);
      Inc(Part);
    end;
    Say('"');
  end;
end;

function DoLoad(const Request: TRequest): TResult;
var
  Layout: PLayout;
  At: PByte;
  Room: Int64;
  Bits: TBits = nil;
  Parts: TTexts;
begin
  Result := FindRecord(Request, False, Layout, At, Room);
  if Result <> rsOk then
    Exit;
  SetLength(Bits, Length(Layout^.Leaves) + 1);
  Result := Load(Layout^, At, Room, @Bits[0], Parts);
  if Result <> rsOk then
    Exit;
  BeginAnswer(Request);
  Say('"leaves":[');
  SayValues(Layout^, Bits, Parts);
  Say(']');
  EndAnswer;
end;

end.
