## The locked block: a lock word of 32 bits, little-endian, and the data right behind it. Nothing waits, and no owner is recorded.

import std/[atomics, monotimes, os, times, volatile]

type
  Act = enum
    make, read, unlockRead, write, unlockWrite, hammer

  Outcome = enum
    ## What came of an act, by the numbers of the library contract.
    done, uninitialized, writeLocked, readLocked, maxReaders, notLocked, torn, stuck

  Locked = tuple[outcome: Outcome, word: uint32]
    ## And the word that it left, or that it was refused for.

  Numbers = ptr UncheckedArray[uint32]

const
  readers = 0x00FF_FFFF'u32   ## how many
  writer = 0x8000_0000'u32    ## whether one
  unready = 0xFF00_0000'u32   ## the top byte of a block that nobody has made ready
  patience = initDuration(seconds = 5)

{.push raises: [].}

proc after(word: uint32; act: Act): Locked =
  ## The word that an act makes of this one, if it may.
  let writing = (word and writer) != 0
  if (word and unready) == unready: (uninitialized, word)
  elif act == unlockWrite: ((if writing: done else: notLocked), word and not writer)
  elif writing: (writeLocked, word)
  elif act == read: ((if (word and readers) == readers: maxReaders else: done), word + 1)
  elif act == unlockRead: ((if (word and readers) == 0: notLocked else: done), word - 1)
  else: ((if (word and readers) == 0: done else: readLocked), word or writer)

proc change(lock: var Atomic[uint32]; act: Act): Locked =
  var word = lock.load
  while true:
    let (outcome, next) = word.after(act)
    if outcome != done:
      return (outcome, word)
    if lock.compareExchangeWeak(word, next, moSequentiallyConsistent, moSequentiallyConsistent):
      return (done, next)

proc makeReady(lock: var Atomic[uint32]; data: pointer; size: int64): Locked =
  ## Only who has created the memory may do this: whoever holds a lock in it would lose it.
  var found = unready
  lock.store(unready)
  zeroMem(data, Natural(size))
  let made = lock.compareExchange(found, 0, moSequentiallyConsistent, moSequentiallyConsistent)
  if made: (done, 0'u32) else: (uninitialized, found)

proc inTime(lock: var Atomic[uint32]; act: Act): Locked =
  let start = getMonoTime()
  while true:
    result = lock.change(act)
    if result.outcome notin {readLocked, writeLocked}:
      return
    if getMonoTime() - start >= patience:
      return (stuck, result.word)
    sleep(0)

proc work(numbers: Numbers; count: int64; writing: bool): bool =
  ## Adds one to every number, or returns whether they are not all alike.
  for i in 0 ..< count:
    let value = volatileLoad(addr numbers[i])
    if writing:
      volatileStore(addr numbers[i], value + 1)
    elif value != volatileLoad(addr numbers[0]):
      result = true

proc hammering(lock: var Atomic[uint32]; numbers: Numbers; count, rounds: int64): Locked =
  ## The even rounds add, the odd ones look.
  for round in 0 ..< rounds:
    let writing = round mod 2 == 0
    result = lock.inTime(if writing: write else: read)
    if result.outcome != done:
      return
    let broken = numbers.work(count, writing)
    result = lock.change(if writing: unlockWrite else: unlockRead)
    if broken:
      return (torn, result.word)
    if result.outcome != done:
      return
  result = (done, lock.load)

proc PeerLock*(locked: pointer; capacity: int64; act: int32; rounds: int64; word: ptr uint32): int32 {.
    exportc, dynlib, cdecl.} =
  ## What came of it; -1 for an act that is none, or where no lock word can be.
  if locked == nil or word == nil or capacity < 4 or cast[uint](locked) mod 4 != 0 or rounds < 0 or
      act notin ord(low(Act)) .. ord(high(Act)):
    return -1
  let
    lock = cast[ptr Atomic[uint32]](locked)
    data = cast[pointer](cast[uint](locked) + 4)
    size = capacity - 4
    found = case Act(act)
      of make: lock[].makeReady(data, size)
      of hammer: lock[].hammering(cast[Numbers](data), min(size div 4, 15), rounds)
      else: lock[].change(Act(act))
  word[] = found.word
  int32(ord(found.outcome))

{.pop.}
