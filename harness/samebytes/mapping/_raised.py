"""Telling the errors of this library's own calls from what a signal's handler raised in the middle of one."""

from __future__ import annotations

from types import FrameType

__all__ = ["ours"]

_PACKAGE = __name__.rpartition(".")[0]


def ours(error: BaseException) -> bool:
    """Return whether a call of this library raised `error`, rather than a signal's handler that ran during it.

    Handlers raise OSErrors and ValueErrors too (TimeoutError, for one): those are for the caller, as they are. A handler is
    known by what it is called with: the frame that it interrupts.
    """
    trace = error.__traceback__
    if trace is None or trace.tb_next is None:  # raised where it is caught: no other function was called
        return True
    while trace is not None:
        frame = trace.tb_frame
        if not str(frame.f_globals.get("__name__")).startswith(_PACKAGE) and _interrupts(frame):
            return False
        trace = trace.tb_next
    return True


def _interrupts(frame: FrameType) -> bool:
    """Return whether the function of `frame` was called with a frame: what Python calls handlers and tracers with."""
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 0x04)  # CO_VARARGS
    for name in code.co_varnames[:count]:
        value = frame.f_locals.get(name)
        if isinstance(value, FrameType) or (
            isinstance(value, tuple) and any(isinstance(one, FrameType) for one in value)
        ):
            return True
    return False
