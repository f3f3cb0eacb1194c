"""Asks a .NET runtime how it lays out types of an assembly; runs as a process of its own.

    witness.py ASSEMBLY VERSION

VERSION may be empty. Standard input has a JSON list of types' full names; the answer is one JSON object: `version`, and by name what
`_facts` says. Exit code 1 and a line where there is no such runtime. The assembly's types are looked at, and no code of theirs is run.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from clr_runtime import running_version, start_runtime

KINDS = {
    "System.Boolean": "bool", "System.Char": "char16", "System.SByte": "i8", "System.Byte": "u8", "System.Int16": "i16",
    "System.UInt16": "u16", "System.Int32": "i32", "System.UInt32": "u32", "System.Int64": "i64", "System.UInt64": "u64",
    "System.Single": "f32", "System.Double": "f64", "System.IntPtr": "intptr", "System.UIntPtr": "uintptr",
}  # fmt: skip
DEEPEST = 32


def main(assembly: str, version: str) -> int:
    try:
        start_runtime(version)
    except LookupError as error:
        print(error, file=sys.stderr)
        return 1
    from System.Reflection import Assembly

    loaded = Assembly.LoadFrom(assembly)
    names = json.loads(sys.stdin.read())
    answer = {"version": running_version(), "types": {name: _facts(loaded, name) for name in names}}
    print(json.dumps(answer))
    return 0


def _facts(assembly: Any, name: str) -> dict[str, Any]:
    """Return `managed` and `marshalled`, each a layout or `refused` with the exception; `refused` alone for a type that is not loaded."""
    try:
        type_ = assembly.GetType(name, True)
    except Exception as error:
        return {"refused": _words(error)}
    found = {}
    for called, ask in (("managed", _managed), ("marshalled", _marshalled)):
        try:
            found[called] = ask(type_, 0)
        except Exception as error:
            found[called] = {"refused": _words(error)}
    return found


def _words(error: Any) -> list[str]:
    message = getattr(error, "Message", None) or str(error)
    return [type(error).__name__, str(message).splitlines()[0][:400]]


def _fields(type_: Any) -> list[Any]:
    """Instance fields with those of base classes, those first."""
    from System.Reflection import BindingFlags

    flags = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly
    own = sorted(type_.GetFields(flags), key=lambda field: field.MetadataToken)
    base = type_.BaseType
    inherited = [] if type_.IsValueType or base is None or base.FullName == "System.Object" else _fields(base)
    return [*inherited, *own]


# --- as the runtime keeps a value -------------------------------------------------------------------------------------


def _managed(type_: Any, depth: int) -> dict[str, Any]:
    """Size, and each field's place and type. An exception for what is no structure, or holds references."""
    if not type_.IsValueType:
        raise TypeError("a class: the program keeps it behind a header, and references to it")
    if depth > DEEPEST:
        raise TypeError("structures in structures without end")
    fields = [{"name": str(one.Name), "offset": _offset(type_, one)} | _type(one, depth) for one in _fields(type_)]
    count = _attribute(type_, "InlineArrayAttribute")
    return {"size": _size(type_), "fields": fields, "inline": int(count[0].Value) if count else 0}


def _type(field: Any, depth: int) -> dict[str, Any]:
    type_ = field.FieldType
    buffer = _attribute(field, "FixedBufferAttribute")
    if buffer:
        return {"kind": KINDS[str(buffer[0].Value.FullName)], "count": int(buffer[1].Value)}
    if type_.IsEnum:
        return {"kind": KINDS[str(type_.GetEnumUnderlyingType().FullName)]}
    if type_.IsPointer or getattr(type_, "IsFunctionPointer", False):  # before .NET 8 those were IntPtr
        return {"kind": "pointer"}
    if str(type_.FullName) in KINDS:
        return {"kind": KINDS[str(type_.FullName)]}
    if not type_.IsValueType:
        raise TypeError(f"{field.Name} is a reference")
    return {"type": str(type_.FullName).partition("[")[0], "inner": _managed(type_, depth + 1)}


def _attribute(owner: Any, name: str) -> Any:
    """Return the arguments of an attribute of the runtime's, without making one."""
    for data in owner.GetCustomAttributesData():
        if str(data.AttributeType.FullName) == f"System.Runtime.CompilerServices.{name}":
            return list(data.ConstructorArguments)
    return None


def _size(type_: Any) -> int:
    from System.Reflection.Emit import OpCodes

    def body(code: Any) -> None:
        code.Emit(OpCodes.Sizeof, type_)
        code.Emit(OpCodes.Conv_I8)

    return _computed(body)


def _offset(type_: Any, field: Any) -> int:
    """From the value's first byte to the field's, by two addresses of a local variable."""
    from System.Reflection.Emit import OpCodes

    def body(code: Any) -> None:
        variable = code.DeclareLocal(type_)
        code.Emit(OpCodes.Ldloca, variable)
        code.Emit(OpCodes.Ldflda, field)
        code.Emit(OpCodes.Conv_U)
        code.Emit(OpCodes.Ldloca, variable)
        code.Emit(OpCodes.Conv_U)
        code.Emit(OpCodes.Sub)
        code.Emit(OpCodes.Conv_I8)

    return _computed(body)


def _computed(body: Any) -> int:
    """Return what a method of these instructions returns."""
    import System
    from System.Reflection.Emit import DynamicMethod, OpCodes

    number = System.Type.GetType("System.Int64")
    module = System.Type.GetType("System.Object").Module
    method = DynamicMethod("measure", number, System.Array[System.Type]([]), module, True)
    code = method.GetILGenerator()
    body(code)
    code.Emit(OpCodes.Ret)
    return int(method.Invoke(None, None))


# --- as Marshal writes it ---------------------------------------------------------------------------------------------


def _marshalled(type_: Any, depth: int) -> dict[str, Any]:
    """Size, and each field's offset; of fields that are structures, the same of them."""
    from System.Runtime.InteropServices import Marshal

    size, fields = int(Marshal.SizeOf(type_)), []
    for one in _fields(type_):
        found = {"name": str(one.Name), "offset": int(Marshal.OffsetOf(type_, one.Name).ToInt64())}
        if depth < DEEPEST and _own_structure(one, type_):
            found["inner"] = _marshalled(one.FieldType, depth + 1)
        fields.append(found)
    return {"size": size, "fields": fields}


def _own_structure(field: Any, owner: Any) -> bool:
    """Whether a field is a structure of the same assembly, and not a buffer or an instance of a generic one."""
    inner = field.FieldType
    plain = inner.IsEnum or inner.IsPrimitive or inner.IsGenericType or _attribute(field, "FixedBufferAttribute")
    return bool(inner.IsValueType) and not plain and inner.Assembly == owner.Assembly


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
