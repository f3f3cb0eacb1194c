{ The line protocol's letters: lines, numbers, hex and percent-encoded names in; JSON out. }
unit Wire;

{$MODE OBJFPC}{$H+}

interface

uses
  Results;

const
  LineLimit = 1 shl 20;

type
  TRequest = record
    Words: array of RawByteString;
    Sequence: Int64; // -1 where there was none to read
    WellFormed: Boolean;
  end;

{ Returns False at the end of the input. }
function ReadRequest(var Request: TRequest): Boolean;

{ Each returns whether the word is what it should be. }
function ParseNumber(const Text: RawByteString; out Number: Int64): Boolean; // a minus is for its user to refuse
function ParseBits(const Text: RawByteString; Bytes: LongInt; out Bits: QWord): Boolean; // exactly that many bytes
function ParseBytes(const Text: RawByteString; out Bytes: RawByteString): Boolean;

{ rsInvalid for what is not percent-encoded, rsInvalidName for a NUL, which no name has. }
function DecodeName(const Text: RawByteString; out Name: RawByteString): TResult;

procedure Say(const Text: RawByteString);
procedure SayNumber(Number: Int64);
procedure SayHex(Bytes: PByte; Count: Int64);
procedure SayBits(Bits: QWord; Bytes: LongInt);

{ The answer to what went well; what comes between is the caller's. }
procedure BeginAnswer(const Request: TRequest);
procedure EndAnswer;
procedure AnswerError(const Request: TRequest; AResult: TResult; Code: Int64);

procedure Flush;

implementation

uses
  Streams;

const
  HexDigits: array[0..15] of AnsiChar = '0123456789abcdef';

var
  Output_: array[0..1 shl 16 - 1] of AnsiChar;
  Said: LongInt = 0;
  Gone: Boolean = False; // whoever read the answers

procedure Flush;
begin
  if (Said > 0) and not WriteAll(@Output_, Said) then
    Gone := True;
  Said := 0;
end;

procedure SayBytes(At: PAnsiChar; Count: SizeInt);
var
  Part: SizeInt;
begin
  while Count > 0 do
  begin
    if Said = SizeOf(Output_) then
      Flush;
    Part := SizeOf(Output_) - Said;
    if Part > Count then
      Part := Count;
    Move(At^, Output_[Said], Part);
    Inc(Said, Part);
    Inc(At, Part);
    Dec(Count, Part);
  end;
end;

procedure Say(const Text: RawByteString);
begin
  SayBytes(PAnsiChar(Text), Length(Text));
end;

procedure SayNumber(Number: Int64);
var
  Digits: ShortString;
begin
  Str(Number, Digits);
  SayBytes(@Digits[1], Length(Digits));
end;

procedure SayHex(Bytes: PByte; Count: Int64);
var
  Pair: array[0..1] of AnsiChar;
  I: Int64;
begin
  for I := 0 to Count - 1 do
  begin
    Pair[0] := HexDigits[Bytes[I] shr 4];
    Pair[1] := HexDigits[Bytes[I] and 15];
    SayBytes(@Pair, 2);
  end;
end;

procedure SayBits(Bits: QWord; Bytes: LongInt);
var
  BigEndian: QWord;
begin
  BigEndian := NtoBE(Bits);
  SayHex(PByte(@BigEndian) + SizeOf(BigEndian) - Bytes, Bytes);
end;

{ ---- words ---- }

function HexDigit(C: AnsiChar): LongInt;
begin
  case C of
    '0'..'9': Result := Ord(C) - Ord('0');
    'a'..'f': Result := Ord(C) - Ord('a') + 10;
    'A'..'F': Result := Ord(C) - Ord('A') + 10;
  else
    Result := -1;
  end;
end;

{ Returns -1 where no byte stands. Behind a string stands #0, which is no digit. }
function HexByte(At: PAnsiChar): LongInt;
begin
  Result := HexDigit(At[0]);
  if Result < 0 then
    Exit;
  if HexDigit(At[1]) < 0 then
    Exit(-1);
  Result := Result shl 4 or HexDigit(At[1]);
end;

function ParseNumber(const Text: RawByteString; out Number: Int64): Boolean;
var
  I, Digit: LongInt;
  Negative: Boolean;
begin
  Number := 0;
  Negative := (Text <> '') and (Text[1] = '-');
  if Length(Text) = Ord(Negative) then
    Exit(False);
  for I := 1 + Ord(Negative) to Length(Text) do
  begin
    Digit := Ord(Text[I]) - Ord('0');
    if (Digit < 0) or (Digit > 9) or (Number > (High(Int64) - Digit) div 10) then
      Exit(False);
    Number := Number * 10 + Digit;
  end;
  if Negative then
    Number := -Number;
  Result := True;
end;

function ParseBytes(const Text: RawByteString; out Bytes: RawByteString): Boolean;
var
  I, Each: LongInt;
begin
  SetLength(Bytes, Length(Text) div 2);
  for I := 1 to Length(Bytes) do
  begin
    Each := HexByte(@Text[2 * I - 1]);
    if Each < 0 then
      Exit(False);
    Bytes[I] := AnsiChar(Each);
  end;
  Result := not Odd(Length(Text));
end;

function ParseBits(const Text: RawByteString; Bytes: LongInt; out Bits: QWord): Boolean;
var
  Digit: LongInt;
  C: AnsiChar;
begin
  Bits := 0;
  for C in Text do
  begin
    Digit := HexDigit(C);
    if Digit < 0 then
      Exit(False);
    Bits := Bits shl 4 or QWord(Digit);
  end;
  Result := Length(Text) = 2 * Bytes;
end;

function DecodeName(const Text: RawByteString; out Name: RawByteString): TResult;
var
  I, Each: LongInt;
begin
  Name := '';
  I := 1;
  while I <= Length(Text) do
  begin
    Each := Ord(Text[I]);
    if Text[I] = '%' then
    begin
      Each := HexByte(PAnsiChar(@Text[I]) + 1);
      Inc(I, 2);
    end;
    if Each < 0 then
      Exit(rsInvalid);
    if Each = 0 then
      Exit(rsInvalidName);
    Name := Name + AnsiChar(Each);
    Inc(I);
  end;
  Result := rsOk;
end;

{ ---- requests ---- }

var
  Input_: array[0..1 shl 16 - 1] of AnsiChar;
  InputAt: LongInt = 0;
  InputEnd: LongInt = 0;

{ Returns whether there is more. The answers so far are sent before it waits: requests that came at once are answered at once. }
function More: Boolean;
begin
  if InputAt < InputEnd then
    Exit(True);
  Flush;
  InputAt := 0;
  InputEnd := 0;
  if not Gone then
    InputEnd := ReadSome(@Input_, SizeOf(Input_));
  Result := InputEnd > 0;
end;

{ Reads to the end of the line whatever stands in it; False at the end of the input. What is too long or not ASCII is cut, and
  not Clean. }
function ReadLine(out Line: RawByteString; out Clean: Boolean): Boolean;
var
  Length_: LongInt = 0;
  C: AnsiChar;
begin
  Clean := True;
  Result := False;
  SetLength(Line, 256);
  while More do
  begin
    Result := True;
    C := Input_[InputAt];
    Inc(InputAt);
    if C = #10 then
      Break;
    if (Length_ = LineLimit) or (C = #0) or (C > #126) then
    begin
      Clean := False;
      Continue;
    end;
    if Length_ = Length(Line) then
      SetLength(Line, 2 * Length_);
    Inc(Length_);
    Line[Length_] := C;
  end;
  if (Length_ > 0) and (Line[Length_] = #13) then
    Dec(Length_);
  SetLength(Line, Length_);
end;

procedure Split(const Line: RawByteString; var Request: TRequest);
var
  At, Start, Count: LongInt;
begin
  Start := 1;
  Count := 0;
  for At := 1 to Length(Line) + 1 do
    if (At > Length(Line)) or (Line[At] = ' ') then
    begin
      if Count = Length(Request.Words) then
        SetLength(Request.Words, 2 * Count + 8);
      SetString(Request.Words[Count], PAnsiChar(Line) + Start - 1, At - Start);
      Inc(Count);
      Start := At + 1;
    end;
  SetLength(Request.Words, Count);
end;

function ReadRequest(var Request: TRequest): Boolean;
var
  Line: RawByteString;
begin
  Result := ReadLine(Line, Request.WellFormed);
  if not Result then
    Exit;
  Split(Line, Request);
  if not ParseNumber(Request.Words[0], Request.Sequence) or (Request.Words[0][1] = '-') then
    Request.Sequence := -1;
  Request.WellFormed := Request.WellFormed and (Request.Sequence >= 0);
end;

{ ---- answers ---- }

procedure SaySequence(const Request: TRequest);
begin
  Say('{"seq":');
  if Request.Sequence < 0 then
    Say('null')
  else
    SayNumber(Request.Sequence);
end;

procedure BeginAnswer(const Request: TRequest);
begin
  SaySequence(Request);
  Say(',"ok":{');
end;

procedure EndAnswer;
begin
  Say('}}'#10);
end;

procedure AnswerError(const Request: TRequest; AResult: TResult; Code: Int64);
const
  Kinds: array[TResult] of RawByteString = ('ok', 'exists', 'not_found', 'access', 'invalid_name', 'invalid_size',
    'no_space', 'range', 'closed', 'unsupported', 'timeout', 'invalid', 'failed');
  Messages: array[TResult] of RawByteString = ('', 'a segment of this name is alive',
    'nobody holds a segment of this name', 'what it was opened for, or who owns it, does not allow this',
    'this cannot name a segment', 'this cannot be the size of a segment', 'there is not that much memory',
    'this lies outside the map or the view', 'no map or view is open under this number',
    'this peer does not know or cannot do this', 'nothing happened in time',
    'the request, or the message in memory, is malformed', 'the system refused');
begin
  SaySequence(Request);
  Say(',"error":{"kind":"' + Kinds[AResult] + '","code":');
  SayNumber(Code);
  Say(',"native":"');
  if Code <> 0 then
  begin
    Say('error ');
    SayNumber(Code);
  end;
  Say('","message":"' + Messages[AResult] + '"');
  EndAnswer;
end;

end.
