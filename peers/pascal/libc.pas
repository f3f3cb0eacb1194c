{ Linux: what is wanted of C's library. Not the RTL's own system calls: their errno belongs to no thread of a host's. }
unit LibC;

{$MODE OBJFPC}
{$LINKLIB c}
{$LINKLIB pthread}

interface

uses
  BaseUnix, CTypes;

const
  AT_FDCWD = -100;
  AT_SYMLINK_NOFOLLOW = $100;
  AT_SYMLINK_FOLLOW = $400;
{$IF DEFINED(CPUARM) OR DEFINED(CPUAARCH64) OR DEFINED(CPUPOWERPC64)}
  O_DIRECTORY = $4000;
  O_NOFOLLOW = $8000;
{$ELSE}
  O_DIRECTORY = $10000;
  O_NOFOLLOW = $20000;
{$ENDIF}
  O_CLOEXEC = $80000;
  O_TMPFILE = $400000 or O_DIRECTORY;
  LOCK_SH = 1;
  LOCK_EX = 2;
  LOCK_NB = 4;
  LOCK_UN = 8;
  CLOCK_MONOTONIC = 1;

type
  TMutex = array[0..63] of Byte; // larger than any pthread_mutex_t; zeros are one that nobody has locked

function open(Path: PAnsiChar; Flags: cint): cint; cdecl; varargs; external;
function openat(Directory: cint; Path: PAnsiChar; Flags: cint): cint; cdecl; varargs; external;
function close(Descriptor: cint): cint; cdecl; external;
function mkdir(Path: PAnsiChar; Mode: cuint): cint; cdecl; external;
function fchmod(Descriptor: cint; Mode: cuint): cint; cdecl; external;
function flock(Descriptor, Operation: cint): cint; cdecl; external;
function linkat(OldDirectory: cint; OldPath: PAnsiChar; NewDirectory: cint; NewPath: PAnsiChar; Flags: cint): cint;
  cdecl; external;
function unlinkat(Directory: cint; Path: PAnsiChar; Flags: cint): cint; cdecl; external;
function posix_fallocate64(Descriptor: cint; Offset, Length: Int64): cint; cdecl; external;
function fcntl(Descriptor, Command: cint): cint; cdecl; varargs; external;
function mmap64(Address: Pointer; Length: csize_t; Protection, Flags, Descriptor: cint; Offset: Int64): Pointer; cdecl;
  external;
function munmap(Address: Pointer; Length: csize_t): cint; cdecl; external;
function sysconf(Name: cint): clong; cdecl; external;
function geteuid: cuint; cdecl; external;
function getpid: cint; cdecl; external;
function getenv(Name: PAnsiChar): PAnsiChar; cdecl; external;
function clock_gettime(Clock: cint; out Now: TTimeSpec): cint; cdecl; external;
function nanosleep(const Pause: TTimeSpec; Left: Pointer): cint; cdecl; external;
function sched_yield: cint; cdecl; external;

function pthread_mutex_lock(var Mutex: TMutex): cint; cdecl; external;
function pthread_mutex_unlock(var Mutex: TMutex): cint; cdecl; external;
function pthread_key_create(out Key: cuint; Destructor_: Pointer): cint; cdecl; external;
function pthread_setspecific(Key: cuint; Value: Pointer): cint; cdecl; external;
function pthread_getspecific(Key: cuint): Pointer; cdecl; external;

function ErrorNumber: cint;

{ stat is a function of no C library before glibc 2.33: here the system's own call. }
function StatusOf(Descriptor: cint; out Status: TStat): Boolean;
function StatusAt(Directory: cint; const Name: AnsiString; out Status: TStat): Boolean;

implementation

uses
  SysCall;

function __errno_location: pcint; cdecl; external;

function ErrorNumber: cint;
begin
  ErrorNumber := __errno_location()^;
end;

function StatusOf(Descriptor: cint; out Status: TStat): Boolean;
begin
  StatusOf := fpFStat(Descriptor, Status) = 0;
end;

function StatusAt(Directory: cint; const Name: AnsiString; out Status: TStat): Boolean;
begin
  StatusAt := Do_SysCall(syscall_nr_newfstatat, Directory, TSysParam(PAnsiChar(Name)), TSysParam(@Status),
    AT_SYMLINK_NOFOLLOW) = 0;
end;

end.
