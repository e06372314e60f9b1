"""Frozen dataclasses to JSON and back: what crosses a crash, or travels to another machine.

JSON and not pickle: a file in an output folder must never be able to run code.
"""

from __future__ import annotations

import dataclasses
import json
import os
import types
import typing
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")


def encode(value: Any) -> str:
    """JSON of a dataclass, in one line."""
    return json.dumps(dataclasses.asdict(value), separators=(",", ":"))


def decode(kind: type[T], text: str) -> T:
    """The dataclass ``kind`` that ``encode`` wrote.

    Raises
    ------
    ValueError, KeyError, TypeError
        The text is something else.
    """
    return typing.cast("T", _build(kind, json.loads(text)))


def _build(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        made: Any = kind
        hints = _type_hints(made)
        known = {name: _build(hints[name], item) for name, item in value.items()}
        return made(**known)
    arguments = typing.get_args(kind)
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        (real,) = [part for part in arguments if part is not type(None)]
        return None if value is None else _build(real, value)
    if origin is tuple:
        return tuple(_build(arguments[0], item) for item in value)
    return value


# To find out costs ten times as much as to build a value.
_type_hints = cache(typing.get_type_hints)


def write_whole(path: Path, text: str) -> None:
    """Write a text file that is either whole or not there, even if power fails."""
    draft = path.with_name(f"{path.name}.tmp")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames into ``folder`` survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
