"""The lower bound: read the bytes that matter, set each voxel inside once, write the result.

    python benchmarks/floor.py FILE

FILE is JSON: the files to read, how much of each (null: all), the voxels of each mask, and the
masks as they are to be written. Nothing is parsed, filled or compressed here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(plan_file: Path) -> None:
    """Do what no converter can do without."""
    plan = json.loads(plan_file.read_text())
    for path, size in plan["read"]:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - nothing dearer
            file.read(-1 if size is None else size)
    for mask in plan["masks"]:
        b"\1" * mask["voxels"]
        # What is copied stands for what a converter would have made by now.
        content = Path(mask["like"]).read_bytes()
        with open(mask["path"], "wb", buffering=0) as file:  # noqa: PTH123
            file.write(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
