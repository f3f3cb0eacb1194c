{ Message: its JSON, compact, with no escape that is not needed, written and read. }
unit Messages;

{$MODE OBJFPC}{$H+}

interface

uses
  Texts;

function PackJson(const Texts: TTexts; out Body: RawByteString): Boolean;
function UnpackJson(const Body: RawByteString; var Texts: TTexts): Boolean;

const
  JsonForm: TTextForm = (Pack: @PackJson; Unpack: @UnpackJson);

implementation

const
  Escaped: array[0..7] of AnsiChar = ('"', '\', '/', #8, #12, #10, #13, #9);
  Letters: array[0..7] of AnsiChar = ('"', '\', '/', 'b', 'f', 'n', 'r', 't');

{ ---- written ---- }

function EscapeOf(C: AnsiChar): RawByteString;
var
  I: LongInt;
begin
  for I := 0 to High(Escaped) do
    if (C = Escaped[I]) and (C <> '/') then
      Exit('\' + Letters[I]);
  if C < ' ' then
    Exit('\u00' + LowerCase(HexStr(Ord(C), 2)));
  Result := C;
end;

function Quoted(const Text: RawByteString): RawByteString;
var
  C: AnsiChar;
begin
  Result := '"';
  for C in Text do
    Result := Result + EscapeOf(C);
  Result := Result + '"';
end;

function PackJson(const Texts: TTexts; out Body: RawByteString): Boolean;
begin
  Body := '{"title":' + Quoted(Texts[0]) + ',"content":' + Quoted(Texts[1]) + '}';
  Result := True;
end;

{ ---- read ---- }

type
  TReader = record
    Text: RawByteString; // #0 stands behind it, and would be no JSON inside
    At: SizeInt;
  end;

function Take(var Reader: TReader; Token: AnsiChar): Boolean;
begin
  while Reader.Text[Reader.At] in [' ', #9, #10, #13] do
    Inc(Reader.At);
  Result := Reader.Text[Reader.At] = Token;
  if Result then
    Inc(Reader.At);
end;

{ Returns the four digits after \u; -1 where there are none. }
function HexUnit(var Reader: TReader): LongInt;
var
  Digits: ShortString;
  Code: Word;
  C: AnsiChar;
begin
  Digits := Copy(Reader.Text, Reader.At, 4);
  Inc(Reader.At, 4);
  for C in Digits do
    if not (C in ['0'..'9', 'A'..'F', 'a'..'f']) then
      Exit(-1);
  Val('$' + Digits, Result, Code);
  if (Length(Digits) < 4) or (Code <> 0) then
    Result := -1;
end;

{ Returns the code point after \u, with the second half of a pair if that is what it begins; -1 for half a pair. }
function EscapedPoint(var Reader: TReader): LongInt;
var
  Low_: LongInt;
begin
  Result := HexUnit(Reader);
  if (Result < $D800) or (Result > $DFFF) then
    Exit;
  if (Result > $DBFF) or (Copy(Reader.Text, Reader.At, 2) <> '\u') then
    Exit(-1);
  Inc(Reader.At, 2);
  Low_ := HexUnit(Reader);
  if (Low_ < $DC00) or (Low_ > $DFFF) then
    Exit(-1);
  Result := $10000 + (Result - $D800) shl 10 + (Low_ - $DC00);
end;

function Utf8(Point: LongInt): RawByteString;
begin
  if Point < $80 then
    Result := AnsiChar(Point)
  else if Point < $800 then
    Result := AnsiChar($C0 or Point shr 6) + AnsiChar($80 or Point and $3F)
  else if Point < $10000 then
    Result := AnsiChar($E0 or Point shr 12) + AnsiChar($80 or Point shr 6 and $3F) + AnsiChar($80 or Point and $3F)
  else
    Result := AnsiChar($F0 or Point shr 18) + AnsiChar($80 or Point shr 12 and $3F)
      + AnsiChar($80 or Point shr 6 and $3F) + AnsiChar($80 or Point and $3F);
end;

{ Passes over what stands behind a backslash; False where that is no escape. }
function TakeEscape(var Reader: TReader; var Text: RawByteString): Boolean;
var
  I, Point: LongInt;
  Letter: AnsiChar;
begin
  Letter := Reader.Text[Reader.At];
  Inc(Reader.At);
  if Letter = 'u' then
  begin
    Point := EscapedPoint(Reader);
    if Point >= 0 then
      Text := Text + Utf8(Point);
    Exit(Point >= 0);
  end;
  for I := 0 to High(Letters) do
    if Letter = Letters[I] then
    begin
      Text := Text + Escaped[I];
      Exit(True);
    end;
  Result := False;
end;

function TakeString(var Reader: TReader; out Text: RawByteString): Boolean;
var
  C: AnsiChar;
begin
  Text := '';
  if not Take(Reader, '"') then
    Exit(False);
  repeat
    C := Reader.Text[Reader.At];
    if C < ' ' then // what must be escaped, or the end
      Exit(False);
    Inc(Reader.At);
    if C = '"' then
      Exit(True);
    if C <> '\' then
      Text := Text + C
    else if not TakeEscape(Reader, Text) then
      Exit(False);
  until False;
end;

function TakeMessage(var Reader: TReader; var Texts: TTexts): Boolean;
var
  Key, Value: RawByteString;
  Title: Boolean = False;
  Content: Boolean = False;
begin
  if not Take(Reader, '{') then
    Exit(False);
  repeat
    if not (TakeString(Reader, Key) and Take(Reader, ':') and TakeString(Reader, Value)) then
      Exit(False);
    if Key = 'title' then
    begin
      Texts[0] := Value;
      Title := True;
    end
    else if Key = 'content' then
    begin
      Texts[1] := Value;
      Content := True;
    end;
  until not Take(Reader, ',');
  Result := Take(Reader, '}') and Title and Content;
end;

function UnpackJson(const Body: RawByteString; var Texts: TTexts): Boolean;
var
  Reader: TReader;
begin
  Reader.Text := Body + #0;
  Reader.At := 1;
  Result := TakeMessage(Reader, Texts) and Take(Reader, #0) and (Reader.At = Length(Reader.Text) + 1);
end;

end.
