{ How a call ended, by the numbers of the library contract, and the system's own word for the last failure. }
unit Results;

{$MODE OBJFPC}

interface

type
{$PACKENUM 4}
  TResult = (rsOk, rsExists, rsNotFound, rsAccess, rsInvalidName, rsInvalidSize, rsNoSpace, rsRange, rsClosed,
    rsUnsupported, rsTimeout, rsInvalid, rsFailed);

{ Returns Result; Code, GetLastError's or errno's, is what LastCode answers in this thread until its next failure. }
function Fail(AResult: TResult; Code: LongInt): TResult;
function LastCode: LongInt;

implementation

{$IFDEF UNIX}
{ A host's own threads have no threadvars of Pascal's: what is theirs is kept by C's library. }
uses
  LibC;

var
  Key: LongWord;

procedure KeepCode(Code: LongInt);
begin
  pthread_setspecific(Key, Pointer(PtrUInt(LongWord(Code))));
end;

function LastCode: LongInt;
begin
  LastCode := LongInt(PtrUInt(pthread_getspecific(Key)));
end;

{$ELSE}

threadvar
  Kept: LongInt;

procedure KeepCode(Code: LongInt);
begin
  Kept := Code;
end;

function LastCode: LongInt;
begin
  LastCode := Kept;
end;

{$ENDIF}

function Fail(AResult: TResult; Code: LongInt): TResult;
begin
  KeepCode(Code);
  Fail := AResult;
end;

{$IFDEF UNIX}
initialization
  pthread_key_create(Key, nil);
{$ENDIF}

end.
