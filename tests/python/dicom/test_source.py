"""What is said of a zip archive that was damaged after it was indexed."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from rtstruct.dicom.source import read_bytes
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA]
)
def test_a_damaged_member_is_named(compression: int, tmp_path: Path) -> None:
    path = tmp_path / "images.zip"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("slice.dcm", bytes(range(256)) * 400)
    content = bytearray(path.read_bytes())
    for place in range(60, 100):
        content[place] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(RtstructError, match=r"images\.zip:slice\.dcm") as caught:
        read_bytes(str(path), "slice.dcm")

    assert caught.value.code == "unreadable_file"
