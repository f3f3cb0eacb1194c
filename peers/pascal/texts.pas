{ The texts that stand behind a record: all of them as the bytes of one body, and back. In between a text is its code units,
  each big-endian. Each function returns whether that can be. }
unit Texts;

{$MODE OBJFPC}{$H+}

interface

type
  TTexts = array of RawByteString;

  TTextForm = record
    Pack: function(const Texts: TTexts; out Body: RawByteString): Boolean;
    Unpack: function(const Body: RawByteString; var Texts: TTexts): Boolean;
  end;

function PackUtf8(const Texts: TTexts; out Body: RawByteString): Boolean;
function UnpackUtf8(const Body: RawByteString; var Texts: TTexts): Boolean;
function PackUtf16(const Texts: TTexts; out Body: RawByteString): Boolean;
function UnpackUtf16(const Body: RawByteString; var Texts: TTexts): Boolean;

const
  Utf8Form: TTextForm = (Pack: @PackUtf8; Unpack: @UnpackUtf8);
  Utf16Form: TTextForm = (Pack: @PackUtf16; Unpack: @UnpackUtf16);

implementation

function PackUtf8(const Texts: TTexts; out Body: RawByteString): Boolean;
begin
  Body := Texts[0];
  Result := True;
end;

function UnpackUtf8(const Body: RawByteString; var Texts: TTexts): Boolean;
begin
  Texts[0] := Body;
  Result := True;
end;

{ Returns UTF-16 in the machine's order for big-endian units, and the other way round. }
function Swapped(const Units: RawByteString): RawByteString;
var
  I: SizeInt;
  Each: PWord;
begin
  Result := Units;
  UniqueString(Result);
  Each := Pointer(Result);
  for I := 1 to Length(Result) div SizeOf(Word) do
  begin
    Each^ := BEtoN(Each^);
    Inc(Each);
  end;
end;

function PackUtf16(const Texts: TTexts; out Body: RawByteString): Boolean;
begin
  Body := Swapped(Texts[0]);
  Result := not Odd(Length(Body));
end;

function UnpackUtf16(const Body: RawByteString; var Texts: TTexts): Boolean;
begin
  Texts[0] := Swapped(Body);
  Result := not Odd(Length(Body));
end;

end.
