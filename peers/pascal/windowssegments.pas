{ Windows: the system's own named sections. }
unit WindowsSegments;

{$MODE OBJFPC}{$H+}

interface

uses
  Windows, Results;

const
  SystemInvalid = ERROR_INVALID_PARAMETER;
  SystemDenied = ERROR_ACCESS_DENIED;
  SystemOutside = ERROR_ACCESS_DENIED; // what MapViewOfFile says about a view beyond the section's end
  SystemNoMemory = ERROR_NOT_ENOUGH_MEMORY;

type
  TMode = (moCreateNew, moCreateOrOpen, moOpen, moOpenRead);
  TAccess = (acRead, acWrite, acReadWrite, acCopy);

  PSegment = ^TSegment;
  TSegment = record
    Handle: THandle;
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

const
  MB_ERR_INVALID_CHARS = 8;
  ERROR_COMMITMENT_LIMIT = 1455;

var
  Section: TRTLCriticalSection;

procedure Lock;
begin
  EnterCriticalSection(Section);
end;

procedure Unlock;
begin
  LeaveCriticalSection(Section);
end;

function FailWith(Code: DWORD): TResult;
begin
  case Code of
    ERROR_ALREADY_EXISTS: Result := rsExists;
    ERROR_FILE_NOT_FOUND: Result := rsNotFound;
    ERROR_ACCESS_DENIED: Result := rsAccess;
    ERROR_PATH_NOT_FOUND, // a backslash after anything but Local and Global
    ERROR_INVALID_NAME, ERROR_BAD_PATHNAME, ERROR_FILENAME_EXCED_RANGE, ERROR_NO_UNICODE_TRANSLATION:
      Result := rsInvalidName;
    ERROR_INVALID_PARAMETER: Result := rsInvalidSize; // of what we pass, only a size can be one
    ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY, ERROR_DISK_FULL, ERROR_NO_SYSTEM_RESOURCES, ERROR_COMMITMENT_LIMIT:
      Result := rsNoSpace;
  else
    Result := rsFailed;
  end;
  Fail(Result, Code);
end;

function Granularity: Int64;
var
  Info: TSystemInfo;
begin
  GetSystemInfo(Info);
  Granularity := Info.dwAllocationGranularity;
end;

function Rounded(Size: Int64): Int64;
var
  Info: TSystemInfo;
begin
  GetSystemInfo(Info);
  Rounded := (Size - 1) div Info.dwPageSize * Info.dwPageSize + Info.dwPageSize;
end;

function WideName(const Name: AnsiString; out Wide: UnicodeString): Boolean;
var
  Length_: LongInt;
begin
  Length_ := MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, PAnsiChar(Name), Length(Name), nil, 0);
  SetLength(Wide, Length_);
  Result := (Length_ > 0)
    and (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, PAnsiChar(Name), Length(Name), PWideChar(Wide), Length_) > 0);
end;

{ Nothing documented tells a section's size; the regions of a view of all of it do. There may be several where another
  program reserves a section and commits it bit by bit. Returns -1 where it cannot be mapped. }
function SectionCapacity(Handle: THandle): Int64;
var
  Base: Pointer;
  Region: TMemoryBasicInformation;
begin
  Base := MapViewOfFile(Handle, FILE_MAP_READ, 0, 0, 0);
  if Base = nil then
    Exit(-1);
  Result := 0;
  while (VirtualQuery(PByte(Base) + Result, @Region, SizeOf(Region)) <> 0) and (Region.AllocationBase = Base) do
    Inc(Result, Region.RegionSize);
  UnmapViewOfFile(Base);
end;

function OpenSection(Name: PWideChar; Size: Int64; Mode: TMode): THandle;
begin
  case Mode of
    moOpen: Exit(OpenFileMappingW(FILE_MAP_READ or FILE_MAP_WRITE, False, Name));
    moOpenRead: Exit(OpenFileMappingW(FILE_MAP_READ, False, Name));
  end;
  { A success need not reset the last error, and whether the section was there already is told by nothing else. }
  SetLastError(ERROR_SUCCESS);
  Result := CreateFileMappingW(INVALID_HANDLE_VALUE, nil, PAGE_READWRITE, DWORD(Size shr 32), DWORD(Size and $FFFFFFFF),
    Name);
end;

function OpenSegment(const Name: AnsiString; Size: Int64; Mode: TMode; out Segment: PSegment): TResult;
var
  Wide: UnicodeString;
  Handle: THandle;
  Code: DWORD;
  Created: Boolean;
  Capacity: Int64;
begin
  Segment := nil;
  if not WideName(Name, Wide) then
    Exit(FailWith(GetLastError));
  Handle := OpenSection(PWideChar(Wide), Size, Mode);
  Code := GetLastError;
  if Handle = 0 then
    Exit(FailWith(Code));
  Created := (Mode <= moCreateOrOpen) and (Code <> ERROR_ALREADY_EXISTS);
  if (Mode = moCreateNew) and not Created then
  begin
    CloseHandle(Handle); // it would keep the other's section alive
    Exit(Fail(rsExists, ERROR_ALREADY_EXISTS));
  end;
  if Created then
    Capacity := Rounded(Size)
  else
    Capacity := SectionCapacity(Handle);
  if Capacity < 0 then
  begin
    Code := GetLastError;
    CloseHandle(Handle);
    Exit(FailWith(Code));
  end;
  New(Segment);
  Segment^.Handle := Handle;
  Segment^.Capacity := Capacity;
  Segment^.Created := Created;
  Segment^.ReadOnly := Mode = moOpenRead;
  Result := rsOk;
end;

procedure CloseSegment(Segment: PSegment);
begin
  CloseHandle(Segment^.Handle);
  Dispose(Segment);
end;

function MapSegment(Segment: PSegment; Offset, Size: Int64; Access: TAccess; out Base: Pointer): TResult;
const
  Rights: array[TAccess] of DWORD = (FILE_MAP_READ, FILE_MAP_WRITE, FILE_MAP_READ or FILE_MAP_WRITE, FILE_MAP_COPY);
begin
  Base := MapViewOfFile(Segment^.Handle, Rights[Access], DWORD(Offset shr 32), DWORD(Offset and $FFFFFFFF), Size);
  if Base = nil then
    Exit(FailWith(GetLastError));
  Result := rsOk;
end;

procedure Unmap(Base: Pointer; Size: Int64);
begin
  UnmapViewOfFile(Base);
end;

initialization
  InitCriticalSection(Section);

end.
