## The segment itself: C's mapping, compiled into this library, which exports all of it but two functions. Those are
## here.

{.compile: "../c/mapping.c".}
{.passC: "-DMAPPING_WITHOUT_INTEGER -fvisibility=hidden".}
when defined(linux):
  {.passL: "-pthread".}

proc lastBuffer(size: int64; writing: cint): pointer {.importc: "LastBuffer", cdecl.}

{.push exportc, dynlib, cdecl, raises: [].}

proc Write*(value: int32) =
  ## Puts an integer at offset 0 of the buffer mapped last; nothing where there is none.
  let buffer = lastBuffer(sizeof(value), 1)
  if buffer != nil:
    moveMem(buffer, unsafeAddr value, sizeof(value))

proc Read*(): int32 =
  ## The integer at offset 0 of the buffer mapped last; 0 where there is none.
  let buffer = lastBuffer(sizeof(result), 0)
  if buffer != nil:
    copyMem(addr result, buffer, sizeof(result))

{.pop.}
