"""What else a user waits on: the index beside its peers, the build, the small commands."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from conversions import RTSTRUCT
from measured import Tool, cost_of

HERE = Path(__file__).parent


def index(files: list[Path], count: int, folder: Path) -> dict[str, Tool]:
    """``rtstruct index`` of ``count`` files, and what reads their headers only."""
    tree = folder / "files"
    tree.mkdir(parents=True)
    for n in range(count):
        os.link(files[n % len(files)], tree / f"{n:06d}.dcm")
    home = folder / "home"

    def forget() -> None:
        shutil.rmtree(home, ignore_errors=True)

    peers = {
        name: Tool([[sys.executable, str(HERE / "headers.py"), peer, str(tree)]])
        for name, peer in (("pydicom", "pydicom"), ("GDCM's Scanner", "gdcm"), ("dicomsdl",) * 2)
    }
    return {"`rtstruct index`": Tool([[*RTSTRUCT, "index", str(tree)]], home, forget), **peers}


def build(home: Path) -> dict[str, Tool]:
    """A home that is new, one whose index is another, one where nothing has changed."""
    index_of = [home / "dicom_all.parquet", home / "dicom_all_files.parquet"]
    fresh = home.with_name("fresh")

    def renew() -> None:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        for path in index_of:
            shutil.copy(path, fresh / path.name)

    command = [[*RTSTRUCT, "build"]]
    return {
        "a new home": Tool(command, fresh, renew),
        "another index": Tool(command, home, index_of[0].touch),
        "nothing changed": Tool(command, home),
    }


def small(home: Path) -> dict[str, Tool]:
    """Commands that answer at once, in a home where all is converted, beside what they import."""
    convert = [[*RTSTRUCT, "convert", "--where", "true"]]
    empty = home.with_name("empty")

    def forget() -> None:
        shutil.rmtree(empty, ignore_errors=True)

    return {
        "`convert` with nothing to do": Tool(convert, home, lambda: cost_of(Tool(convert, home))),
        "`status`": Tool([[*RTSTRUCT, "status"]], home),
        '`sql "select 1"`': Tool([[*RTSTRUCT, "sql", "select 1"]], home),
        "`names X`": Tool([[*RTSTRUCT, "names", "X"]], home),
        "`names X` in a new home": Tool([[*RTSTRUCT, "names", "X"]], empty, forget),
        "`import duckdb`": Tool([[sys.executable, "-c", "import duckdb"]]),
        "`import numpy`": Tool([[sys.executable, "-c", "import numpy"]]),
    }
