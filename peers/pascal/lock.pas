{ The locked block: a lock word of 32 bits, little-endian, and the data right behind it. Nothing waits, and no owner is recorded. }
unit Lock;

{$MODE OBJFPC}{$H+}

interface

type
  TLockAct = (laNew, laRead, laUnlockRead, laWrite, laUnlockWrite, laHammer);
  { loTorn: the numbers behind the word were not all alike; loStuck: somebody kept the lock for seconds. Of laHammer alone. }
  TLockOutcome = (loOk, loUninitialized, loWriteLocked, loReadLocked, loMaxReaders, loNotLocked, loTorn, loStuck);

{ What came of it, and in Word the word that it left, or that it was refused for; -1 for an act that is none, or where no lock word
  can be. Capacity: bytes from the block to the end of the view. }
function PeerLock(Block: Pointer; Capacity: Int64; Act: LongInt; Rounds: Int64; Word: PLongWord): LongInt; cdecl;

implementation

uses
  Streams;

const
  Readers = $00FFFFFF; // how many
  Writer = LongWord($80000000); // whether one
  Uninitialized = LongWord($FF000000); // the top byte of a block that nobody has made ready
  Hammered = 15;
  Patience = 5000; // milliseconds

{ The word that an act makes of this one, if it may. }
function After(Found: LongWord; Act: TLockAct; out Next: LongWord): TLockOutcome;
var
  Writing: Boolean;
begin
  Writing := Found and Writer <> 0;
  Next := Found;
  if Found and Uninitialized = Uninitialized then
    Exit(loUninitialized);
  if Writing and (Act <> laUnlockWrite) then
    Exit(loWriteLocked);
  Result := loOk;
  case Act of
    laRead:
      if Found and Readers = Readers then
        Result := loMaxReaders
      else
        Next := Found + 1;
    laUnlockRead:
      if Found and Readers = 0 then
        Result := loNotLocked
      else
        Next := Found - 1;
    laWrite:
      if Found and Readers <> 0 then
        Result := loReadLocked
      else
        Next := Found or Writer;
  else
    if Writing then
      Next := Found and not Writer
    else
      Result := loNotLocked;
  end;
end;

{ Puts Next there if Found stands there; returns what stood there. }
function Swapped(At: PLongWord; Next, Found: LongWord): LongWord;
begin
  Result := LongWord(InterlockedCompareExchange(PLongInt(At)^, LongInt(Next), LongInt(Found)));
end;

function Change(At: PLongWord; Act: TLockAct; out Left: LongWord): TLockOutcome;
var
  Found, Seen: LongWord;
begin
  Seen := At^;
  repeat
    Found := Seen;
    Result := After(Found, Act, Left);
    if Result <> loOk then
      Exit;
    Seen := Swapped(At, Left, Found);
  until Seen = Found;
end;

{ Only who has created the memory may do this: whoever holds a lock in it would lose it. }
function Make(At: PLongWord; Size: Int64; out Left: LongWord): TLockOutcome;
begin
  InterlockedExchange(PLongInt(At)^, LongInt(Uninitialized));
  FillChar(At[1], Size, 0);
  Left := Swapped(At, 0, Uninitialized);
  if Left <> Uninitialized then
    Exit(loUninitialized);
  Left := 0;
  Result := loOk;
end;

function ChangeInTime(At: PLongWord; Act: TLockAct; out Left: LongWord): TLockOutcome;
var
  Start: Int64;
begin
  Start := Milliseconds;
  repeat
    Result := Change(At, Act, Left);
    if not (Result in [loReadLocked, loWriteLocked]) then
      Exit;
  until Milliseconds - Start >= Patience;
  Result := loStuck;
end;

{ The even rounds add one to every number, the odd ones look whether they are all alike. }
function Hammer(At: PLongWord; Count, Rounds: Int64; out Left: LongWord): TLockOutcome;
const
  Locks: array[Boolean] of TLockAct = (laRead, laWrite);
  Unlocks: array[Boolean] of TLockAct = (laUnlockRead, laUnlockWrite);
var
  Round, I: Int64;
  Writing, Torn: Boolean;
begin
  Round := 0;
  while Round < Rounds do
  begin
    Writing := not Odd(Round);
    Torn := False;
    Result := ChangeInTime(At, Locks[Writing], Left);
    if Result <> loOk then
      Exit;
    for I := 1 to Count do
      if Writing then
        At[I] := LongWord(At[I] + 1)
      else
        Torn := Torn or (At[I] <> At[1]);
    Result := Change(At, Unlocks[Writing], Left);
    if Torn then
      Exit(loTorn);
    if Result <> loOk then
      Exit;
    Inc(Round);
  end;
  Left := At^;
  Result := loOk;
end;

function PeerLock(Block: Pointer; Capacity: Int64; Act: LongInt; Rounds: Int64; Word: PLongWord): LongInt; cdecl;
var
  Count: Int64;
begin
  if (Block = nil) or (Word = nil) or (Capacity < 4) or (PtrUInt(Block) mod 4 <> 0) or (Rounds < 0) or (Act < 0)
    or (Act > Ord(High(TLockAct))) then
    Exit(-1);
  Count := (Capacity - 4) div 4;
  if Count > Hammered then
    Count := Hammered;
  case TLockAct(Act) of
    laNew: Result := Ord(Make(Block, Capacity - 4, Word^));
    laHammer: Result := Ord(Hammer(Block, Count, Rounds, Word^));
  else
    Result := Ord(Change(Block, TLockAct(Act), Word^));
  end;
end;

end.
