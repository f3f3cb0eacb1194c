{ Named shared memory that dies with its last handle: what both systems have in common, under the names of the library
  contract. Names are UTF-8, sizes and offsets bytes. A name lives as long as some process has the file open; a buffer stays
  valid after its file is freed. }
unit Buffers;

{$MODE OBJFPC}{$H+}

interface

uses
  {$IFDEF WINDOWS} WindowsSegments {$ELSE} LinuxSegments {$ENDIF}, Results;

{ The short way: create the segment or join it, map all of it, use it, give it back. }
function CreateBufferFile(Name: PAnsiChar; Size: Int64): PSegment; cdecl;
function CreateBuffer(Segment: PSegment): Pointer; cdecl;
procedure FreeBuffer(Buffer: Pointer); cdecl;
procedure FreeBufferFile(Segment: PSegment); cdecl;

{ One integer at offset 0 of the buffer mapped last and not freed since; nothing, and 0, where there is none. }
procedure WriteInteger(Value: LongInt); cdecl;
function ReadInteger: LongInt; cdecl;

{ The full way. Mode and Access are the ordinals of TMode and TAccess. Size 0: to the end of the file. }
function OpenBufferFile(Name: PAnsiChar; Size: Int64; Mode: LongInt; Segment: PPointer): TResult; cdecl;
function BufferFileCapacity(Segment: PSegment): Int64; cdecl;
function BufferFileCreated(Segment: PSegment): LongInt; cdecl;
function MapBuffer(Segment: PSegment; Offset, Size: Int64; Access: LongInt; Buffer: PPointer): TResult; cdecl;
function BufferCapacity(Buffer: Pointer): Int64; cdecl;
function BufferErrorCode: Int64; cdecl;

implementation

type
  { A view as it was handed out: the system maps from a coarser boundary than the caller asked for. }
  PView = ^TView;
  TView = record
    Next: PView;
    Base: Pointer;
    Buffer: Pointer;
    Mapped: Int64;
    Capacity: Int64;
    Access: TAccess;
  end;

var
  Views: PView = nil; // the last one mapped comes first

function OpenBufferFile(Name: PAnsiChar; Size: Int64; Mode: LongInt; Segment: PPointer): TResult; cdecl;
var
  Sized: Boolean;
begin
  if Segment = nil then
    Exit(Fail(rsInvalid, SystemInvalid));
  Segment^ := nil;
  if (Mode < 0) or (Mode > Ord(High(TMode))) then
    Exit(Fail(rsInvalid, SystemInvalid));
  if (Name = nil) or (Name^ = #0) then
    Exit(Fail(rsInvalidName, SystemInvalid));
  Sized := (Size > 0) and (Size <= High(Int64) - Granularity); // it will be rounded up
  if (TMode(Mode) in [moCreateNew, moCreateOrOpen]) and not Sized then
    Exit(Fail(rsInvalidSize, SystemInvalid));
  Result := OpenSegment(Name, Size, TMode(Mode), PSegment(Segment^));
end;

procedure FreeBufferFile(Segment: PSegment); cdecl;
begin
  if Segment <> nil then
    CloseSegment(Segment);
end;

function BufferFileCapacity(Segment: PSegment): Int64; cdecl;
begin
  if Segment = nil then
    Exit(0);
  Result := Segment^.Capacity;
end;

function BufferFileCreated(Segment: PSegment): LongInt; cdecl;
begin
  if Segment = nil then
    Exit(-1);
  Result := Ord(Segment^.Created);
end;

procedure Remember(View: PView);
begin
  Lock;
  View^.Next := Views;
  Views := View;
  Unlock;
end;

function MapBuffer(Segment: PSegment; Offset, Size: Int64; Access: LongInt; Buffer: PPointer): TResult; cdecl;
var
  View: PView;
  Lead: Int64;
begin
  if Buffer = nil then
    Exit(Fail(rsInvalid, SystemInvalid));
  Buffer^ := nil;
  if Segment = nil then
    Exit(Fail(rsClosed, SystemInvalid));
  if (Access < 0) or (Access > Ord(High(TAccess))) then
    Exit(Fail(rsInvalid, SystemInvalid));
  if Segment^.ReadOnly and (TAccess(Access) in [acWrite, acReadWrite]) then
    Exit(Fail(rsAccess, SystemDenied));
  if (Offset < 0) or (Offset >= Segment^.Capacity) or (Size < 0) or (Size > Segment^.Capacity - Offset) then
    Exit(Fail(rsRange, SystemOutside));
  if Size = 0 then
    Size := Segment^.Capacity - Offset;
  Lead := Offset mod Granularity;
  New(View);
  View^.Capacity := Size;
  View^.Mapped := Size + Lead;
  View^.Access := TAccess(Access);
  Result := MapSegment(Segment, Offset - Lead, View^.Mapped, View^.Access, View^.Base);
  if Result <> rsOk then
  begin
    Dispose(View);
    Exit;
  end;
  View^.Buffer := View^.Base + Lead;
  Buffer^ := View^.Buffer;
  Remember(View);
end;

procedure FreeBuffer(Buffer: Pointer); cdecl;
var
  Link: ^PView;
  View: PView;
begin
  Lock;
  Link := @Views;
  while (Link^ <> nil) and (Link^^.Buffer <> Buffer) do
    Link := @Link^^.Next;
  View := Link^;
  if View <> nil then
    Link^ := View^.Next;
  Unlock;
  if View = nil then
    Exit;
  Unmap(View^.Base, View^.Mapped);
  Dispose(View);
end;

function BufferCapacity(Buffer: Pointer): Int64; cdecl;
var
  View: PView;
begin
  Lock;
  View := Views;
  while (View <> nil) and (View^.Buffer <> Buffer) do
    View := View^.Next;
  Result := 0;
  if View <> nil then
    Result := View^.Capacity;
  Unlock;
end;

function BufferErrorCode: Int64; cdecl;
begin
  BufferErrorCode := LastCode;
end;

function CreateBufferFile(Name: PAnsiChar; Size: Int64): PSegment; cdecl;
var
  Segment: Pointer;
begin
  OpenBufferFile(Name, Size, Ord(moCreateOrOpen), @Segment);
  CreateBufferFile := Segment;
end;

function CreateBuffer(Segment: PSegment): Pointer; cdecl;
begin
  MapBuffer(Segment, 0, 0, Ord(acReadWrite), @Result);
end;

{ Returns the buffer mapped last as an integer's; nil where there is none, or it may not be written to. }
function LastInteger(Writing: Boolean): PLongInt;
begin
  Result := nil;
  Lock;
  if (Views <> nil) and (Views^.Capacity >= SizeOf(LongInt)) and not (Writing and (Views^.Access = acRead)) then
    Result := Views^.Buffer;
  Unlock;
end;

procedure WriteInteger(Value: LongInt); cdecl;
var
  At: PLongInt;
begin
  At := LastInteger(True);
  if At <> nil then
    At^ := Value;
end;

function ReadInteger: LongInt; cdecl;
var
  At: PLongInt;
begin
  At := LastInteger(False);
  Result := 0;
  if At <> nil then
    Result := At^;
end;

end.
