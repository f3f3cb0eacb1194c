{ Linux: files that live exactly as long as somebody holds a shared flock on them.

  Whoever finds, under the guard (an exclusive flock on the directory), that nobody holds a segment, unlinks it. A new
  segment gets its name only when it has its memory and its creator's lock, so no half-made one is ever seen. }
unit LinuxSegments;

{$MODE OBJFPC}{$H+}

interface

uses
  BaseUnix, Places, Results;

const
  SystemInvalid = ESysEINVAL;
  SystemDenied = ESysEACCES;
  SystemOutside = ESysEINVAL;
  SystemNoMemory = ESysENOMEM;

type
  TMode = (moCreateNew, moCreateOrOpen, moOpen, moOpenRead);
  TAccess = (acRead, acWrite, acReadWrite, acCopy);

  PSegment = ^TSegment;
  TSegment = record
    Place: TPlace;
    Descriptor: LongInt; // carries the shared lock; views are mapped through descriptions of their own
    Owner: LongInt; // the process that opened it
    Capacity: Int64;
    Created: Boolean;
    ReadOnly: Boolean;
  end;

function Granularity: Int64;
function OpenSegment(const Name: AnsiString; Size: Int64; Mode: TMode; out Segment: PSegment): TResult;
procedure CloseSegment(Segment: PSegment);
function MapSegment(Segment: PSegment; Offset, Size: Int64; Access: TAccess; out Base: Pointer): TResult;
procedure Unmap(Base: Pointer; Size: Int64);

{ One lock, for what all threads of the process share. }
procedure Lock;
procedure Unlock;

implementation

uses
  Beside, LibC;

const
  OwnerMayWrite = &200;

var
  Mutex: TMutex;

procedure Lock;
begin
  pthread_mutex_lock(Mutex);
end;

procedure Unlock;
begin
  pthread_mutex_unlock(Mutex);
end;

function Granularity: Int64;
const
  _SC_PAGESIZE = 30;
begin
  Granularity := sysconf(_SC_PAGESIZE);
end;

function Rounded(Size: Int64): Int64;
begin
  Rounded := (Size + Granularity - 1) div Granularity * Granularity;
end;

function PathOf(Descriptor: LongInt): AnsiString;
begin
  Str(Descriptor, Result);
  Result := '/proc/self/fd/' + Result;
end;

{ ---- segments, under the guard ---- }

function IsAtPath(Directory: LongInt; const Name: AnsiString; Descriptor: LongInt): Boolean;
var
  Held, Named: TStat;
begin
  Result := StatusOf(Descriptor, Held) and StatusAt(Directory, Name, Named) and (Held.st_dev = Named.st_dev)
    and (Held.st_ino = Named.st_ino);
end;

{ Returns 0, or the number of the error that the segment is refused with. }
function CheckSegment(const Place: TPlace; Descriptor: LongInt; Writing: Boolean): LongInt;
var
  Status: TStat;
begin
  Result := 0;
  if not StatusOf(Descriptor, Status) or not fpS_ISREG(Status.st_mode)
    or (not Place.IsGlobal and (Status.st_uid <> geteuid)) then
    Result := ESysEACCES
  { Its creator made it read-only; the kernel would let root write all the same. }
  else if Writing and (Status.st_mode and OwnerMayWrite = 0) then
    Result := ESysEACCES;
end;

{ Unlinks a segment that nobody holds. A dead file that cannot be removed from the global directory stands for nothing. }
function Bury(const Place: TPlace; Directory, Descriptor: LongInt): LongInt;
begin
  Result := ESysENOENT;
  if IsAtPath(Directory, Place.Name, Descriptor) and (unlinkat(Directory, PAnsiChar(Place.Name), 0) <> 0)
    and not Place.IsGlobal then
    Result := ErrorNumber;
end;

{ Opens the segment if somebody holds it. A dead one is unlinked, and not found. }
function OpenLive(const Place: TPlace; Directory: LongInt; Writing: Boolean; out Segment: LongInt): TResult;
const
  Flags = O_CLOEXEC or O_NOFOLLOW or O_NONBLOCK;
var
  Code: LongInt;
  MayWrite: Boolean;
begin
  MayWrite := Writing;
  if Writing then
    Segment := openat(Directory, PAnsiChar(Place.Name), O_RDWR or Flags)
  else
    Segment := openat(Directory, PAnsiChar(Place.Name), O_RDONLY or Flags);
  if (Segment < 0) and Writing and (ErrorNumber = ESysEACCES) then
  begin
    MayWrite := False; // who may not write may still see that it is dead
    Segment := openat(Directory, PAnsiChar(Place.Name), O_RDONLY or Flags);
  end;
  if Segment < 0 then
    Exit(FailWith(ErrorNumber));
  Code := CheckSegment(Place, Segment, False);
  if Code = 0 then
    case LockAlone(Place, Segment) of
      lkAlone: Code := Bury(Place, Directory, Segment);
      lkShared: Code := CheckSegment(Place, Segment, Writing);
      lkUnknown: Code := ErrorNumber;
    end;
  if (Code = 0) and Writing and not MayWrite then
    Code := ESysEACCES;
  if Code = 0 then
    Exit(rsOk);
  UnlockAndClose(Segment);
  Result := FailWith(Code);
end;

{ Opens the living segment of the name: the file itself, or in the global directory one beside it, but not Except_. }
function FindLive(var Place: TPlace; Directory: LongInt; Writing: Boolean; const Except_: AnsiString;
  out Segment: LongInt): TResult;
var
  Found: TPlace;
  Name: AnsiString;
  Refused: TResult = rsNotFound;
begin
  Found := Place;
  for Name in FilesOf(Place, Directory) do
    if Name <> Except_ then
    begin
      Found.Name := Name;
      Result := OpenLive(Found, Directory, Writing, Segment);
      if Result = rsOk then
      begin
        Place.Name := Name;
        Exit;
      end;
      if (Result <> rsNotFound) and (not Place.IsGlobal or MayLive(Directory, Name)) then
        Refused := Result;
    end;
  Segment := -1;
  if Refused = rsNotFound then
    Exit(FailWith(ESysENOENT));
  Result := Refused;
end;

function Held(const Place: TPlace; Descriptor: LongInt; Created, ReadOnly: Boolean): PSegment;
var
  Status: TStat;
begin
  StatusOf(Descriptor, Status);
  New(Result);
  Result^.Place := Place;
  Result^.Descriptor := Descriptor;
  Result^.Owner := getpid;
  Result^.Capacity := Rounded(Status.st_size);
  Result^.Created := Created;
  Result^.ReadOnly := ReadOnly;
end;

{ rsExists here means: alive, but not to be joined just now (a foreign exclusive lock, or the name moved on). }
function JoinOnce(const Place: TPlace; Writing: Boolean; out Segment: PSegment): TResult;
var
  Directory, Descriptor: LongInt;
  Found: TPlace;
begin
  Result := OpenDirectory(Place, False, Directory);
  if Result <> rsOk then
    Exit;
  Found := Place;
  Result := EnterGuard(Place, Directory);
  if Result = rsOk then
    Result := FindLive(Found, Directory, Writing, '', Descriptor);
  if Result = rsOk then
    if (flock(Descriptor, LOCK_SH or LOCK_NB) = 0) and IsAtPath(Directory, Found.Name, Descriptor) then
      Segment := Held(Found, Descriptor, False, not Writing)
    else
    begin
      Result := rsExists;
      UnlockAndClose(Descriptor);
    end;
  UnlockAndClose(Directory);
end;

{ A file without a name, with all its memory (a sparse one would kill its users with SIGBUS) and its creator's lock. }
function MakeSegment(Directory: LongInt; Size: Int64; out Descriptor: LongInt): TResult;
var
  Code: LongInt = 0;
begin
  Descriptor := openat(Directory, '.', O_TMPFILE or O_RDWR or O_CLOEXEC, &600);
  if Descriptor < 0 then
    Exit(FailWith(ErrorNumber));
  if fchmod(Descriptor, &600) <> 0 then // the umask may have taken the owner's bits
    Code := ErrorNumber;
  if Code = 0 then
    repeat
      Code := posix_fallocate64(Descriptor, 0, Rounded(Size));
    until Code <> ESysEINTR;
  if (Code = 0) and (flock(Descriptor, LOCK_SH) <> 0) then
    Code := ErrorNumber;
  if Code = 0 then
    Exit(rsOk);
  close(Descriptor);
  Descriptor := -1;
  Result := FailWith(Code);
end;

{ rsNotFound here means: somebody gave the name at the same time, and neither has it. }
function Publish(var Place: TPlace; Directory, Descriptor: LongInt): TResult;
var
  Other: LongInt;
  Found: TPlace;
begin
  Found := Place;
  Result := FindLive(Found, Directory, False, '', Other);
  if Result = rsOk then
  begin
    UnlockAndClose(Other);
    Exit(FailWith(ESysEEXIST));
  end;
  if Result <> rsNotFound then
    Exit;
  if Place.IsGlobal then
    BesideTheDead(Place, Directory);
  if linkat(AT_FDCWD, PAnsiChar(PathOf(Descriptor)), Directory, PAnsiChar(Place.Name), AT_SYMLINK_FOLLOW) <> 0 then
    Exit(FailWith(ErrorNumber));
  if not Place.IsGlobal or (FindLive(Found, Directory, False, Place.Name, Other) <> rsOk) then
    Exit(rsOk);
  UnlockAndClose(Other);
  unlinkat(Directory, PAnsiChar(Place.Name), 0);
  Result := FailWith(ESysENOENT);
end;

{ rsNotFound here means: the directory itself was removed meanwhile. }
function CreateOnce(Place: TPlace; Size: Int64; out Segment: PSegment): TResult;
var
  Directory: LongInt;
  Descriptor: LongInt = -1;
begin
  Result := OpenDirectory(Place, True, Directory);
  if Result <> rsOk then
    Exit;
  Result := MakeSegment(Directory, Size, Descriptor);
  if Result = rsOk then
    Result := EnterGuard(Place, Directory);
  if Result = rsOk then
    Result := Publish(Place, Directory, Descriptor);
  if Result = rsOk then
    Segment := Held(Place, Descriptor, True, False)
  else if Descriptor >= 0 then
    UnlockAndClose(Descriptor);
  UnlockAndClose(Directory);
end;

{ ---- what Buffers asks for ---- }

function OpenSegment(const Name: AnsiString; Size: Int64; Mode: TMode; out Segment: PSegment): TResult;
var
  Place: TPlace;
  Deadline: Int64;
  Attempt: LongInt = 0;
  Blocked: TResult;
begin
  Segment := nil;
  Result := FindPlace(Name, Place);
  if Result <> rsOk then
    Exit;
  Deadline := Milliseconds + Patience;
  repeat
    Blocked := rsNotFound;
    if Mode <> moCreateNew then
    begin
      Result := JoinOnce(Place, Mode <> moOpenRead, Segment);
      Blocked := rsExists;
    end;
    if (Mode = moCreateNew) or ((Mode = moCreateOrOpen) and (Result = rsNotFound)) then
    begin
      Result := CreateOnce(Place, Size, Segment);
      if (Mode <> moCreateOrOpen) or (Result <> rsExists) then
        Blocked := rsNotFound;
    end;
    if Result <> Blocked then
      Exit;
    PauseBriefly(Attempt);
    Inc(Attempt);
  until Milliseconds > Deadline;
  Result := FailWith(ESysETIMEDOUT);
end;

procedure LetGo(const Segment: TSegment);
var
  Directory: LongInt;
begin
  if OpenDirectory(Segment.Place, False, Directory) = rsOk then
  begin
    { Without the guard only the lock goes; the next to come finds the dead segment and unlinks it. }
    if (EnterGuard(Segment.Place, Directory) = rsOk) and (LockAlone(Segment.Place, Segment.Descriptor) = lkAlone)
      and IsAtPath(Directory, Segment.Place.Name, Segment.Descriptor) then
      unlinkat(Directory, PAnsiChar(Segment.Place.Name), 0);
    flock(Segment.Descriptor, LOCK_UN);
    UnlockAndClose(Directory);
  end;
  UnlockAndClose(Segment.Descriptor);
end;

procedure CloseSegment(Segment: PSegment);
begin
  if Segment^.Owner = getpid then
    LetGo(Segment^)
  else // a forked child's copy: unlocking it would take the parent's lock away
    close(Segment^.Descriptor);
  Dispose(Segment);
end;

{ Mapped through a description of its own: a view must not keep the name alive. }
function MapSegment(Segment: PSegment; Offset, Size: Int64; Access: TAccess; out Base: Pointer): TResult;
const
  Openings: array[TAccess] of LongInt = (O_RDONLY, O_RDWR, O_RDWR, O_RDONLY);
  Protections: array[TAccess] of LongInt = (PROT_READ, PROT_READ or PROT_WRITE, PROT_READ or PROT_WRITE,
    PROT_READ or PROT_WRITE);
  Kinds: array[TAccess] of LongInt = (MAP_SHARED, MAP_SHARED, MAP_SHARED, MAP_PRIVATE);
var
  Descriptor, Code: LongInt;
  Status: TStat;
begin
  Descriptor := open(PAnsiChar(PathOf(Segment^.Descriptor)), Openings[Access] or O_CLOEXEC);
  if Descriptor < 0 then
    Exit(FailWith(ErrorNumber));
  if not StatusOf(Descriptor, Status) or (Status.st_size <= (Offset + Size - 1) div Granularity * Granularity) then
  begin
    close(Descriptor); // somebody cut the file: touching what is gone would be a SIGBUS
    Exit(Fail(rsRange, ESysEINVAL));
  end;
  Base := mmap64(nil, Size, Protections[Access], Kinds[Access], Descriptor, Offset);
  Code := ErrorNumber;
  close(Descriptor);
  if PtrUInt(Base) = High(PtrUInt) then
    Exit(FailWith(Code));
  Result := rsOk;
end;

procedure Unmap(Base: Pointer; Size: Int64);
begin
  munmap(Base, Size);
end;

end.
