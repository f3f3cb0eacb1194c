{ The program: the line protocol over the same units that the library exports. }
program PeerProgram;

{$MODE OBJFPC}{$H+}

uses
  About, Probe, Results, Session, Streams, Wire;

var
  Leaving: Boolean = False; // set by bye

function DoBye(const Request: TRequest): TResult;
begin
  Leaving := True;
  BeginAnswer(Request);
  EndAnswer;
  Result := rsOk;
end;

function DoLeave(const Request: TRequest): TResult;
begin
  LeaveAtOnce;
  Result := rsOk;
end;

function DoAbort(const Request: TRequest): TResult;
begin
  DieHard;
  Result := rsFailed;
end;

function DoHello(const Request: TRequest): TResult; forward;

const
  Verbs: array[0..17] of TVerb = (
    (Name: 'hello'; Run: @DoHello; Least: 3; Most: 3),
    (Name: 'create_new'; Run: @DoCreateNew; Least: 4; Most: 4),
    (Name: 'create_or_open'; Run: @DoCreateOrOpen; Least: 4; Most: 4),
    (Name: 'open_existing'; Run: @DoOpenExisting; Least: 3; Most: 4),
    (Name: 'view'; Run: @DoView; Least: 6; Most: 7),
    (Name: 'peek'; Run: @DoPeek; Least: 5; Most: 5),
    (Name: 'poke'; Run: @DoPoke; Least: 5; Most: 5),
    (Name: 'describe'; Run: @DoDescribe; Least: 3; Most: 3),
    (Name: 'store'; Run: @DoStore; Least: 5; Most: Endless),
    (Name: 'store_leaf'; Run: @DoStoreLeaf; Least: 7; Most: 7),
    (Name: 'load'; Run: @DoLoad; Least: 5; Most: 5),
    (Name: 'await'; Run: @DoAwait; Least: 5; Most: 5),
    (Name: 'lock'; Run: @DoLock; Least: 5; Most: 6),
    (Name: 'close_view'; Run: @DoCloseView; Least: 3; Most: 3),
    (Name: 'close_map'; Run: @DoCloseMap; Least: 3; Most: 3),
    (Name: 'bye'; Run: @DoBye; Least: 2; Most: 2),
    (Name: 'leave'; Run: @DoLeave; Least: 2; Most: 2),
    (Name: 'abort'; Run: @DoAbort; Least: 2; Most: 2)
  );

procedure SayListed(Index: LongInt; const Name: RawByteString);
begin
  if Index > 0 then
    Say(',');
  Say('"' + Name + '"');
end;

function DoHello(const Request: TRequest): TResult;
var
  I: LongInt;
begin
  if Request.Words[2] <> '1' then
    Exit(rsUnsupported);
  BeginAnswer(Request);
  Say(Copy(Info, 2, Length(Info) - 2)); // an object: the answer goes on where that one ends
  Say(',"protocol":1,"layouts":[');
  for I := 0 to LayoutCount - 1 do
    SayListed(I, Table[I].Name);
  Say('],"verbs":[');
  for I := 0 to High(Verbs) do
    SayListed(I, Verbs[I].Name);
  Say('],"views":["accessor"]');
  EndAnswer;
  Result := rsOk;
end;

function Run(const Request: TRequest): TResult;
var
  Verb: TVerb;
begin
  if not Request.WellFormed or (Length(Request.Words) < 2) then
    Exit(rsInvalid);
  for Verb in Verbs do
    if Verb.Name = Request.Words[1] then
    begin
      if (Length(Request.Words) < Verb.Least) or (Length(Request.Words) > Verb.Most) then
        Exit(rsInvalid);
      Exit(Verb.Run(Request));
    end;
  Result := rsUnsupported;
end;

var
  Request: TRequest;
  Ended: TResult;

begin
  PrepareSystem;
  { What the processor would do without being told to stop: a declaration may be wrong, and its conversions then odd. }
  SetMXCSR(GetMXCSR or $1F80);
  Set8087CW(Get8087CW or $3F);
  ReturnNilIfGrowHeapFails := True;
  while not Leaving and ReadRequest(Request) do
  begin
    SystemCode := 0;
    Ended := Run(Request);
    if Ended <> rsOk then
      AnswerError(Request, Ended, SystemCode);
  end;
  Flush;
  CloseEverything;
end.
