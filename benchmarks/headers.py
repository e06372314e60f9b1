"""Headers of all files of a folder by a peer of the index: pydicom, gdcm or dicomsdl.

    python benchmarks/headers.py PEER FOLDER

Each reads what the index has of every image or structure set; none writes anything.
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path


def keywords() -> list[tuple[str, int]]:
    """Keyword and tag of the columns of the index that are attributes."""
    schema = json.loads(files("rtstruct.index").joinpath("dicom_all.json").read_text())
    columns = {**schema["idc"], **schema["local"]}
    attributes = schema["attributes"]
    # GDCM's Scanner gives values, not sequences.
    return [
        (name, int(attributes[name][0], 16))
        for name in columns
        if name in attributes and attributes[name][1] != "SQ"
    ]


def by_pydicom(paths: list[str]) -> int:
    """Parse each file, and ask for each value."""
    from pydicom import dcmread

    names = [name for name, _ in keywords()]
    return sum(
        sum(name in data and data.get(name) is not None for name in names)
        for data in (dcmread(path, stop_before_pixels=True) for path in paths)
    )


def by_gdcm(paths: list[str]) -> int:
    """Scan all files for the tags, as GDCM does it for folders."""
    import gdcm

    scanner = gdcm.Scanner()
    for _, tag in keywords():
        scanner.AddTag(gdcm.Tag(tag >> 16, tag & 0xFFFF))
    return int(scanner.Scan(paths))


def by_dicomsdl(paths: list[str]) -> int:
    """Parse each file, and ask for each value."""
    import dicomsdl

    names = [name for name, _ in keywords()]
    found = 0
    for path in paths:
        data = dicomsdl.open(path)
        found += sum(data[name] is not None for name in names)
    return found


if __name__ == "__main__":
    peer, folder = sys.argv[1:]
    readers = {"pydicom": by_pydicom, "gdcm": by_gdcm, "dicomsdl": by_dicomsdl}
    print(readers[peer](sorted(str(path) for path in Path(folder).iterdir())))
