"""The folder of a set: what has its name there is whole."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtstruct.atomic_write import sync

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class SetFolder:
    """A folder, and beside its files one for what is being written."""

    root: Path
    drafts: Path

    def write(self, path: str, write: Callable[[Path], object]) -> None:
        """Have a file written, and give it its name, relative to the folder, when it is whole."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = self.drafts / target.name
        write(draft)
        sync(draft)
        draft.replace(target)

    def write_text(self, path: str, text: str) -> None:
        """Write a text file, as ``write`` does."""
        self.write(path, lambda draft: draft.write_bytes(text.encode()))

    def link(self, source: Path, path: str) -> None:
        """Hold another file under a name of the set: a hard link, or a copy on another disk."""
        target = self.root / path
        if target.exists() and target.samefile(source):
            return

        def link(draft: Path) -> None:
            try:
                os.link(source, draft)
            except OSError:
                shutil.copyfile(source, draft)

        self.write(path, link)
