{ What a program wants of the system besides shared memory: its standard streams as they are, a clock, an end. }
unit Streams;

{$MODE OBJFPC}{$H+}

interface

procedure PrepareSystem;

{ Returns how many bytes came; 0 at the end of the input. }
function ReadSome(At: Pointer; Room: LongInt): LongInt;
function WriteAll(At: PByte; Count: LongInt): Boolean;

function Milliseconds: Int64;
procedure RestAMillisecond;

{ Ends the process at once, closing nothing; and so that nobody could take it for an end of its own. }
procedure LeaveAtOnce;
procedure DieHard;

implementation

{$IFDEF WINDOWS}

uses
  Windows;

function timeBeginPeriod(Period: DWORD): DWORD; stdcall; external 'winmm.dll';

procedure PrepareSystem;
begin
  SetErrorMode(SEM_FAILCRITICALERRORS or SEM_NOGPFAULTERRORBOX); // die without asking anybody
  timeBeginPeriod(1); // or Sleep(1) may take 16 ms
end;

function ReadSome(At: Pointer; Room: LongInt): LongInt;
var
  Count: DWORD = 0;
begin
  if not ReadFile(GetStdHandle(STD_INPUT_HANDLE), At^, Room, Count, nil) then
    Exit(0);
  Result := Count;
end;

function WriteAll(At: PByte; Count: LongInt): Boolean;
var
  Written: DWORD = 0;
begin
  while Count > 0 do
  begin
    if not WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), At^, Count, Written, nil) then
      Exit(False);
    Inc(At, Written);
    Dec(Count, Written);
  end;
  Result := True;
end;

function Milliseconds: Int64;
begin
  Milliseconds := GetTickCount64;
end;

procedure RestAMillisecond;
begin
  Sleep(1);
end;

procedure LeaveAtOnce;
begin
  TerminateProcess(GetCurrentProcess, 0);
end;

procedure DieHard;
begin
  TerminateProcess(GetCurrentProcess, 3); // as C's abort has it
end;

{$ELSE}

uses
  BaseUnix, Places;

procedure PrepareSystem;
begin
  fpSignal(SIGPIPE, SignalHandler(SIG_IGN)); // a reader that went away ends us by the failed write, and we close what we hold
end;

function ReadSome(At: Pointer; Room: LongInt): LongInt;
begin
  repeat
    Result := fpRead(0, At^, Room);
  until (Result >= 0) or (fpGetErrNo <> ESysEINTR);
  if Result < 0 then
    Result := 0;
end;

function WriteAll(At: PByte; Count: LongInt): Boolean;
var
  Written: TSSize;
begin
  while Count > 0 do
  begin
    Written := fpWrite(1, At^, Count);
    if Written > 0 then
    begin
      Inc(At, Written);
      Dec(Count, Written);
    end
    else if fpGetErrNo <> ESysEINTR then
      Exit(False);
  end;
  Result := True;
end;

function Milliseconds: Int64;
begin
  Milliseconds := Places.Milliseconds;
end;

procedure RestAMillisecond;
begin
  Rest(900000); // the system adds to it
end;

procedure LeaveAtOnce;
begin
  fpExit(0);
end;

procedure DieHard;
begin
  fpSignal(SIGABRT, SignalHandler(SIG_DFL));
  fpKill(fpGetPid, SIGABRT);
end;

{$ENDIF}

end.
