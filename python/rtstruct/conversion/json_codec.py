"""Frozen dataclasses to JSON and back: what crosses a crash, or travels to another machine.

JSON and not pickle: a file in an output folder must never be able to run code.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def encode(value: Any) -> str:
    """JSON of a dataclass, in one line."""
    return json.dumps(value, separators=(",", ":"), default=_fields)


def _fields(value: Any) -> dict[str, Any]:
    if not dataclasses.is_dataclass(value):
        raise TypeError(f"{value!r} is no dataclass")
    return vars(value)


def decode(kind: type[T], text: str) -> T:
    """The dataclass ``kind`` that ``encode`` wrote.

    Raises
    ------
    ValueError, KeyError, TypeError
        The text is something else.
    """
    build = _builder(typing.cast("Any", kind))
    try:
        return typing.cast("T", build(json.loads(text)))
    except RecursionError as error:
        raise ValueError("brackets are nested too deep") from error


# What a type needs is found out once: to ask takes ten times as long as to build a value.
@cache
def _builder(kind: Any) -> Callable[[Any], Any]:
    if dataclasses.is_dataclass(kind):
        made: Any = kind
        parts = {name: _builder(hint) for name, hint in typing.get_type_hints(kind).items()}
        return lambda value: made(
            **{name: parts[name](item) for name, item in _of(dict, value).items()}
        )
    arguments = typing.get_args(kind)
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        (real,) = [_builder(part) for part in arguments if part is not type(None)]
        return lambda value: None if value is None else real(value)
    if origin is tuple:
        each = _builder(arguments[0])
        return lambda value: tuple(each(item) for item in _of(list, value))
    if origin is typing.Literal:
        return lambda value: arguments[arguments.index(value)]
    if kind is float:
        return lambda value: _of((float, int), value)
    return lambda value: _of(kind, value)


def _of(kind: Any, value: Any) -> Any:
    if kind is not Any and not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind}")
    return value
