{ Linux: where a name's file stands, and the guard that all who look at it agree on. }
unit Places;

{$MODE OBJFPC}{$H+}

interface

uses
  BaseUnix, LibC, Results;

const
  { The guard is held for microseconds; who holds it for seconds is stopped, and must not stop everybody. }
  Patience = 5000;

type
  TPlace = record
    Directory: AnsiString;
    Base: AnsiString; // the file that the name alone says
    Name: AnsiString; // the file: that one, or in the global directory one beside it
    IsGlobal: Boolean;
  end;

function FailWith(Code: LongInt): TResult;
function Milliseconds: Int64;
procedure PauseBriefly(Attempt: LongInt);
procedure Rest(Nanoseconds: LongInt);

function FindPlace(Name: AnsiString; out Place: TPlace): TResult;
function OpenDirectory(const Place: TPlace; MayCreate: Boolean; out Directory: LongInt): TResult;
function EnterGuard(const Place: TPlace; Directory: LongInt): TResult;

{ A fork in another thread may have copied the descriptor: closing alone would leave the lock with the copy. }
procedure UnlockAndClose(Descriptor: LongInt);

implementation

const
  LongestName = 255;
  LongestPath = 4095;

function FailWith(Code: LongInt): TResult;
begin
  case Code of
    ESysEEXIST: Result := rsExists;
    ESysENOENT: Result := rsNotFound;
    ESysEACCES, ESysEPERM, ESysEROFS,
    ESysELOOP, ESysEISDIR, ESysENXIO, // a symbolic link, a directory or a socket stands at the path
    ESysENOTDIR: Result := rsAccess; // something else stands where the directory should
    ESysENOSPC, ESysEDQUOT, ESysENOMEM: Result := rsNoSpace;
    ESysEFBIG: Result := rsInvalidSize;
    ESysENAMETOOLONG, ESysEILSEQ: Result := rsInvalidName;
    ESysETIMEDOUT: Result := rsTimeout;
  else
    Result := rsFailed;
  end;
  Fail(Result, Code);
end;

function Milliseconds: Int64;
var
  Now: TTimeSpec;
begin
  clock_gettime(CLOCK_MONOTONIC, Now);
  Result := Int64(Now.tv_sec) * 1000 + Now.tv_nsec div 1000000;
end;

procedure Rest(Nanoseconds: LongInt);
var
  Pause: TTimeSpec;
begin
  Pause.tv_sec := 0;
  Pause.tv_nsec := Nanoseconds;
  nanosleep(Pause, nil);
end;

procedure PauseBriefly(Attempt: LongInt);
begin
  if Attempt < 20 then
    sched_yield
  else if Attempt < 200 then
    Rest(50000)
  else
    Rest(1000000);
end;

procedure UnlockAndClose(Descriptor: LongInt);
begin
  flock(Descriptor, LOCK_UN);
  close(Descriptor);
end;

{ ---- names ---- }

{ The bytes of the well-formed UTF-8 sequence at At, 0 where there is none. Windows refuses such names, so do we. }
function Utf8Length(At: PByte): LongInt;
var
  I: LongInt;
begin
  case At[0] of
    $00..$7F: Result := 1;
    $C2..$DF: Result := 2;
    $E0..$EF: Result := 3;
    $F0..$F4: Result := 4;
  else
    Exit(0);
  end;
  for I := 1 to Result - 1 do
    if At[I] and $C0 <> $80 then
      Exit(0);
  if ((At[0] = $E0) and (At[1] < $A0)) or ((At[0] = $F0) and (At[1] < $90)) // overlong
    or ((At[0] = $ED) and (At[1] >= $A0)) or ((At[0] = $F4) and (At[1] >= $90)) then // a surrogate, or beyond
    Result := 0;
end;

function EncodeName(const Name: AnsiString; out Encoded: AnsiString): TResult;
var
  At: PByte;
  Left: LongInt;
begin
  Encoded := '';
  At := PByte(PAnsiChar(Name));
  Left := 0;
  while At^ <> 0 do
  begin
    if Left = 0 then
      Left := Utf8Length(At);
    if Left = 0 then
      Exit(FailWith(ESysEILSEQ));
    if AnsiChar(At^) = '\' then
      Exit(Fail(rsInvalidName, ESysEINVAL));
    if (AnsiChar(At^) in ['A'..'Z', 'a'..'z', '0'..'9', '_', '~', '-'])
      or ((AnsiChar(At^) = '.') and (Encoded <> '')) then
      Encoded := Encoded + AnsiChar(At^)
    else
      Encoded := Encoded + '%' + HexStr(At^, 2);
    if Length(Encoded) > LongestName then
      Exit(FailWith(ESysENAMETOOLONG));
    Inc(At);
    Dec(Left);
  end;
  if Encoded = '' then
    Exit(Fail(rsInvalidName, ESysEINVAL));
  Result := rsOk;
end;

{ Whether Name begins with Prefix, and if it does passes over that. }
function Passes(var Name: AnsiString; const Prefix: AnsiString): Boolean;
begin
  Result := Copy(Name, 1, Length(Prefix)) = Prefix;
  if Result then
    Delete(Name, 1, Length(Prefix));
end;

function FindPlace(Name: AnsiString; out Place: TPlace): TResult;
var
  Root, User: AnsiString;
begin
  if Name[1] = '/' then // a raw POSIX object has no lifetime to keep
    Exit(Fail(rsUnsupported, ESysEINVAL));
  Place.IsGlobal := Passes(Name, 'Global\');
  if not Place.IsGlobal then
    Passes(Name, 'Local\');
  Root := getenv('SAMEBYTES_SHM_DIR');
  if Root = '' then
    Root := '/dev/shm';
  User := 'global';
  if not Place.IsGlobal then
    Str(geteuid, User);
  Place.Directory := Root + '/samebytes-' + User;
  if Length(Place.Directory) > LongestPath then
    Exit(Fail(rsFailed, ESysENAMETOOLONG));
  Result := EncodeName(Name, Place.Base);
  Place.Name := Place.Base;
end;

{ ---- the directory and its guard ---- }

{ Mine must be mine alone. The global one must be root's or mine, and sticky, or somebody could replace what others have
  there; whoever made it may have died before saying so. Returns 0 or the error's number. }
function CheckDirectory(const Place: TPlace; Directory: LongInt): LongInt;
const
  OthersMayWrite = &022;
  Sticky = &1000;
var
  Status: TStat;
  Mine: Boolean;
begin
  Result := ESysEACCES;
  if not StatusOf(Directory, Status) then
    Exit;
  Mine := Status.st_uid = geteuid;
  if not Place.IsGlobal then
  begin
    if Mine and (Status.st_mode and OthersMayWrite = 0) then
      Result := 0;
  end
  else if Mine and (Status.st_mode and &7777 <> &1777) then
  begin
    if fchmod(Directory, &1777) = 0 then
      Result := 0
    else
      Result := ErrorNumber;
  end
  else if (Mine or (Status.st_uid = 0))
    and ((Status.st_mode and OthersMayWrite = 0) or (Status.st_mode and Sticky <> 0)) then
    Result := 0;
end;

function OpenDirectory(const Place: TPlace; MayCreate: Boolean; out Directory: LongInt): TResult;
const
  Flags = O_RDONLY or O_DIRECTORY or O_NOFOLLOW or O_CLOEXEC;
var
  Code: LongInt;
begin
  Directory := open(PAnsiChar(Place.Directory), Flags);
  if (Directory < 0) and MayCreate and (ErrorNumber = ESysENOENT) then
  begin
    if (mkdir(PAnsiChar(Place.Directory), &700) <> 0) and (ErrorNumber <> ESysEEXIST) then
    begin
      Code := ErrorNumber;
      if Code = ESysENOENT then
        Exit(Fail(rsFailed, Code)); // it is not the segment that is not there
      Exit(FailWith(Code));
    end;
    Directory := open(PAnsiChar(Place.Directory), Flags);
  end;
  if Directory < 0 then
    Exit(FailWith(ErrorNumber));
  Code := CheckDirectory(Place, Directory);
  if Code = 0 then
    Exit(rsOk);
  close(Directory);
  Result := FailWith(Code);
end;

function EnterGuard(const Place: TPlace; Directory: LongInt): TResult;
var
  Deadline: Int64;
  Attempt: LongInt = 0;
begin
  if Place.IsGlobal then // a lock on it is one that any user could take, and keep
    Exit(rsOk);
  Deadline := Milliseconds + Patience;
  while flock(Directory, LOCK_EX or LOCK_NB) <> 0 do
  begin
    if (ErrorNumber <> ESysEWOULDBLOCK) and (ErrorNumber <> ESysEINTR) then
      Exit(FailWith(ErrorNumber));
    if Milliseconds > Deadline then
      Exit(FailWith(ESysETIMEDOUT));
    PauseBriefly(Attempt);
    Inc(Attempt);
  end;
  Result := rsOk;
end;

end.
