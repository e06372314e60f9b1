"""Paths from files that others may have written, kept below a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def confined(root: Path, path: str) -> Path:
    """Return ``root / path``.

    Raises
    ------
    ValueError
        It does not lie below ``root``, also when links are followed.
    """
    found = root / path
    if not is_below(found, [root]):
        raise ValueError(f"{path!r} does not lie below {root}")
    return found


def is_below(path: Path, roots: Iterable[Path]) -> bool:
    """Whether a path lies below one of the folders, also when links are followed."""
    true = Path(os.path.realpath(path))
    return any(
        true.is_relative_to(folder) and true != folder
        for folder in (Path(os.path.realpath(root)) for root in roots)
    )
