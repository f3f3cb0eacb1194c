{ Linux: names that all users share. No lock on their directory means anything, and nobody can remove what another user's
  killed process left there: who creates such a name anew has a file beside it, NAME+USER. }
unit Beside;

{$MODE OBJFPC}{$H+}

interface

uses
  BaseUnix, LibC, Places;

type
  TLock = (lkAlone, lkShared, lkUnknown);

  TNames = array of AnsiString;

{ Tries to lock exclusively. lkAlone: done, nobody else holds the file; lkShared: somebody does. }
function LockAlone(const Place: TPlace; Descriptor: LongInt): TLock;

{ Returns the file that the name alone says and, in the global directory, those beside it. }
function FilesOf(const Place: TPlace; Directory: LongInt): TNames;

{ Returns whether a file that this user may not open can be alive: unless the system's list of locks says that it is not. }
function MayLive(Directory: LongInt; const Name: AnsiString): Boolean;

{ Nobody is alive: takes the name's own file or, where a dead one cannot be removed, this user's beside it. }
procedure BesideTheDead(var Place: TPlace; Directory: LongInt);

implementation

const
  { How often a lock in the way is looked at again: who only looks has it for a microsecond, a holder for good. }
  Looks = 4;

function LockAlone(const Place: TPlace; Descriptor: LongInt): TLock;
var
  Look: LongInt;
  Now: TTimeSpec;
begin
  for Look := 0 to Looks do
  begin
    if flock(Descriptor, LOCK_EX or LOCK_NB) = 0 then
      Exit(lkAlone);
    if ErrorNumber <> ESysEWOULDBLOCK then
      Exit(lkUnknown);
    if not Place.IsGlobal or (Look = Looks) then
      Break;
    clock_gettime(CLOCK_MONOTONIC, Now);
    Rest((Now.tv_nsec xor (getpid * 7919)) and $FFFFFFF mod 100000);
  end;
  Result := lkShared;
end;

function IsNumber(const Text: AnsiString): Boolean;
var
  C: AnsiChar;
begin
  Result := Text <> '';
  for C in Text do
    Result := Result and (C in ['0'..'9']);
end;

function FilesOf(const Place: TPlace; Directory: LongInt): TNames;
var
  Path, Name: AnsiString;
  Entries: pDir;
  Entry: pDirent;
begin
  Result := nil;
  SetLength(Result, 1);
  Result[0] := Place.Base;
  if not Place.IsGlobal then
    Exit;
  Str(Directory, Path);
  Entries := fpOpenDir('/proc/self/fd/' + Path);
  if Entries = nil then
    Exit;
  repeat
    Entry := fpReadDir(Entries^);
    if Entry = nil then
      Break;
    Name := PAnsiChar(@Entry^.d_name);
    if (Copy(Name, 1, Length(Place.Base) + 1) = Place.Base + '+')
      and IsNumber(Copy(Name, Length(Place.Base) + 2, 255)) then
    begin
      SetLength(Result, Length(Result) + 1);
      Result[High(Result)] := Name;
    end;
  until False;
  fpCloseDir(Entries^);
end;

function WholeFile(const Path: AnsiString): AnsiString;
var
  Descriptor: LongInt;
  Count: TSSize;
  Part: array[0..4095] of AnsiChar;
  Text: AnsiString;
begin
  Result := '';
  Descriptor := open(PAnsiChar(Path), O_RDONLY or O_CLOEXEC);
  if Descriptor < 0 then
    Exit;
  repeat
    Count := fpRead(Descriptor, Part, SizeOf(Part));
    if Count <= 0 then
      Break;
    SetString(Text, @Part[0], Count);
    Result := Result + Text;
  until False;
  close(Descriptor);
end;

{ Returns at least two digits of hex, as the kernel prints a device's numbers. }
function HexOf(Number: QWord): AnsiString;
begin
  Result := LowerCase(HexStr(Number, 16));
  while (Length(Result) > 2) and (Result[1] = '0') do
    Delete(Result, 1, 1);
end;

function MayLive(Directory: LongInt; const Name: AnsiString): Boolean;
var
  Status: TStat;
  Locks, Inode: AnsiString;
  Device: QWord;
begin
  if not StatusAt(Directory, Name, Status) then
    Exit(False);
  Locks := '';
  if fpS_ISREG(Status.st_mode) then
    Locks := WholeFile('/proc/locks');
  if Locks = '' then
    Exit(True);
  Device := Status.st_dev;
  Str(Status.st_ino, Inode);
  Result := Pos(' ' + HexOf(Device shr 8 and $FFF) + ':' + HexOf(Device and $FF or Device shr 12 and $FFFFF00) + ':' + Inode
    + ' ', Locks) > 0;
end;

procedure BesideTheDead(var Place: TPlace; Directory: LongInt);
var
  Status: TStat;
  User: AnsiString;
begin
  Str(geteuid, User);
  Place.Name := Place.Base;
  if StatusAt(Directory, Place.Base, Status) then
    Place.Name := Place.Base + '+' + User;
end;

end.
