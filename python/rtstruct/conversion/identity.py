"""By what conversions, their input and their files are known: the same on every machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.catalog.worklist import WorklistRow


def conversion_id(
    structure_set_key: str, image_series: str | None, stack: str, parameters_hash: str
) -> str:
    """Identity of (structure set, image stack, parameters): the same on every machine."""
    return digest(f"{structure_set_key}|{image_series or ''}{stack}|{parameters_hash}")


def stack_suffix(stack_number: int | None, stack_count: int | None) -> str:
    """What tells the stacks of a series apart; nothing if it has one."""
    return f"-stack{stack_number}" if (stack_count or 1) > 1 else ""


def input_hash(row: WorklistRow) -> str:
    """Of the structure set's bytes, all image headers, and registrations that are used.

    Where the headers are not known before the images are fetched, IDC's identifier of the series
    stands for them: a series that changes gets another one.
    """
    ties = f"|{row.ties}" if row.ties else ""
    headers = row.image_header_hash or row.image_crdc_series_uuid
    return digest(f"{row.instance_hash}|{headers}{ties}")


def stored_path(home: Path, path: Path) -> str:
    """How the registry spells a path: relative to RTSTRUCT_HOME where inside, else absolute."""
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)


def digest(text: str) -> str:
    """16 hexadecimal digits that stand for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
