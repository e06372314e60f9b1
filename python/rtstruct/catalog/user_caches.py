"""Folders for what can be made again, and serves all homes of a user."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_USE_S = 24 * 3600
"""What was used so recently may be open, or be opened in the next instant."""


def user_caches() -> Iterator[Path]:
    """Where the platform keeps what a user can do without; none, if the user has no home."""
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    if named:
        yield Path(named) / "rtstruct"
        return
    try:
        home = Path.home()
    except RuntimeError:
        return
    yield home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "rtstruct"


def drop_old(made: Path, prefix: str, kept: int = 3) -> None:
    """Remove what was made for other versions beside ``made``, under names that begin alike.

    The ``kept`` last used stay, and all that may be in use.
    """
    ages: list[tuple[float, Path]] = []
    for path in made.parent.glob(f"{prefix}*"):
        with suppress(OSError):  # another process was quicker
            ages.append((time.time() - path.stat().st_mtime, path))
    others = [(age, path) for age, path in sorted(ages) if path != made]
    for age, path in others[kept:]:
        if age < _IN_USE_S:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)  # of a process that was killed
        else:
            with suppress(OSError):
                path.unlink()
