"""Rust: constants that cannot be evaluated unless size, offset and width are right, and functions that return each number's own type."""

from __future__ import annotations

from collections.abc import Iterator

from samebytes.layout.holding.facts import Held, Source
from samebytes.layout.laid_out import Layout
from samebytes.layout.source import SourceRecord

__all__ = ["LANGUAGES"]

_HEAD = """\
#![allow(dead_code, unused_unsafe, unused_imports)]
use super::*;

const fn samebytes_width<T>(_: *const T) -> usize {
    core::mem::size_of::<T>()
}
macro_rules! samebytes_at {
    ($record:ty, $offset:expr, $($field:tt)+) => {
        const _: () = unsafe {
            let probe = core::mem::MaybeUninit::<$record>::uninit();
            let field = core::ptr::addr_of!((*probe.as_ptr()).$($field)+) as *const u8;
            // out of bounds, and thus refused, unless the field is at exactly that offset
            let _whole = *(field.sub($offset) as *const core::mem::MaybeUninit<[u8; core::mem::size_of::<$record>()]>);
        };
    };
}
macro_rules! samebytes_wide {
    ($record:ty, $size:expr, $what:expr, $($field:tt)+) => {
        const _: () = unsafe {
            let probe = core::mem::MaybeUninit::<$record>::uninit();
            assert!(samebytes_width(core::ptr::addr_of!((*probe.as_ptr()).$($field)+)) == $size, $what);
        };
    };
}"""
_WORDS = {"float": "f", "signed": "i", "unsigned": "u"}


class _Writer:
    NAME = "rust"

    def head(self, source: Source | None) -> Iterator[str]:
        yield f"// a module beside the declaration: mod NAME_OF_THIS_FILE; in {source.file if source else 'its file'}"
        yield from _HEAD.splitlines()

    def tail(self) -> Iterator[str]:
        return iter(())

    def spelled(self, name: str, declared: SourceRecord | None, _source: Source | None) -> str:
        return declared.names[0] if declared is not None else name

    def asserts(self, type_: str, layout: Layout, facts: list[Held]) -> Iterator[str]:
        words = f"size of {type_}: not {layout.size}"
        yield f'const _: () = assert!(core::mem::size_of::<{type_}>() == {layout.size}, "{words}");'
        for fact in facts:
            where = f"{type_}.{fact.path}"
            if fact.why_not or fact.anonymous:
                yield f"// not held: {where}: {fact.why_not or 'Rust has no anonymous records'}"
                continue
            yield f"samebytes_at!({type_}, {fact.offset}, {fact.path});"
            if fact.size:
                yield f'samebytes_wide!({type_}, {fact.size}, "size of {where}: not {fact.size}", {fact.path});'
            if fact.number and fact.own and fact.kind is not None and type(fact.kind.measure) is int:
                word = f"{_WORDS[fact.kind.family]}{fact.kind.width(layout.abi) * 8}"
                for count in reversed(fact.counts):
                    word = f"[{word}; {count}]"
                yield f"const _: fn(&{type_}) -> {word} = |record| unsafe {{ record.{fact.path} }};"


LANGUAGES = (_Writer(),)
