"""Each column of the index is what pydicom reads of the same file, real, odd and damaged ones."""

from __future__ import annotations

import json
import math
import random
import struct
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydicom
import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.filereader import read_partial

from rtstruct.index import schema
from rtstruct.index.file_outcomes import FoundFile
from rtstruct.index.files import read_batch

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

OF_PYDICOM = Path(pydicom.__file__).parent / "data"
COLUMNS = json.loads(Path(schema.__file__).with_name("dicom_all.json").read_text())
PLAIN = {
    name: kind
    for name, kind in COLUMNS["idc"].items()
    if isinstance(kind, str) and tag_for_keyword(name) and name != "TransferSyntaxUID"
}


def test_the_attributes_are_those_of_the_dictionary() -> None:
    for keyword, (tag, vr) in COLUMNS["attributes"].items():
        assert (int(tag, 16), vr) == (tag_for_keyword(keyword), dictionary_VR(keyword))


def _row(path: Path) -> dict[str, Any] | None:
    rows = read_batch([FoundFile(str(path), path.stat().st_size, 0)]).rows.splitlines()
    return json.loads(rows[0]) if len(rows) == 1 else None


def _read(path: Path) -> Dataset:
    with path.open("rb") as stream:
        return read_partial(stream, lambda tag, *_: tag >= 0x7FE00000, force=True)


def _compared(path: Path, row: dict[str, Any]) -> int:
    """Compare the plain ASCII values of a file; returns how many columns were compared."""
    dataset = _read(path)
    compared = 0
    for keyword, kind in PLAIN.items():
        element = dataset.get_item(keyword)
        found = row.get(keyword)
        if element is None:
            # Both UIDs may stand in the File Meta Information alone.
            assert not found or keyword.startswith("SOP"), (path, keyword)
            continue
        if not isinstance(element, RawDataElement) or not (element.value or b"").isascii():
            continue
        compared += 1
        assert found == _expected(element, kind, dictionary_VR(keyword), found), (path, keyword)
    return compared


def _expected(element: RawDataElement, kind: str, vr: str, found: Any) -> Any:
    value = element.value or b""
    order = "<" if element.is_little_endian else ">"
    if kind in ("BIGINT", "DOUBLE"):
        formats = {"BIGINT": {2: "H", 4: "I"}, "DOUBLE": {8: "d"}}[kind]
        numbers = struct.unpack(order + formats[len(value)], value) if len(value) in formats else ()
        return next((number for number in numbers if math.isfinite(number)), None)
    text = value.decode("ascii").rstrip(" \0")
    if kind.endswith("[]"):
        return [part.strip(" \0") for part in text.split("\\")] if text else []
    if not text:
        return None
    if kind == "DATE":
        return found if found is None else "-".join(_digits(text))
    if kind == "TIME":
        return found if found is None else _time(text)
    return text if vr in ("LO", "SH", "LT", "ST", "UT", "UC") else text.lstrip(" ")


def _digits(date: str) -> tuple[str, str, str]:
    digits = date.replace(".", "").strip()
    return digits[:4], digits[4:6], digits[6:8]


def _time(text: str) -> str:
    whole, _, fraction = text.strip().replace(":", "").partition(".")
    padded = whole.ljust(6, "0")
    seconds = f"{padded[:2]}:{padded[2:4]}:{padded[4:6]}"
    digits = fraction[:6].ljust(6, "0")
    return seconds if not int(digits or 0) else f"{seconds}.{digits}"


@pytest.mark.filterwarnings("ignore")
def test_columns_are_those_of_pydicom_in_its_own_files() -> None:
    paths = sorted(path for path in OF_PYDICOM.rglob("*") if path.is_file())
    counts = [_compared(path, row) for path in paths if (row := _row(path)) and _is_plain(path)]
    assert len(counts) > 120
    assert sum(counts) > 2000


def _is_plain(path: Path) -> bool:
    return path.suffix not in (".gz", ".zip")


@pytest.mark.filterwarnings("ignore")
def test_columns_are_those_of_pydicom_in_real_files(shared_dicom: Path) -> None:
    paths = sorted(path for path in shared_dicom.rglob("*.dcm"))
    counts = [_compared(path, row) for path in paths if (row := _row(path))]
    assert len(counts) > 600
    assert sum(counts) > 20_000


def test_columns_are_those_of_pydicom_in_damaged_files(tmp_path: Path) -> None:
    """Bytes of pydicom's small files altered: what both can read, both read alike."""
    rng = random.Random(20261128)
    paths = sorted(OF_PYDICOM.rglob("*.dcm"))
    small = [path.read_bytes() for path in paths if path.stat().st_size < 12_000]
    path = tmp_path / "altered.dcm"
    read = 0
    for _ in range(400):
        content = bytearray(rng.choice(small))
        for _ in range(rng.choice([1, 1, 2, 4])):
            content[rng.randrange(132, len(content))] = rng.randrange(256)
        path.write_bytes(content)
        row = _row(path)
        if row is None:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                _read(path)
            except Exception:  # noqa: S112 - pydicom raises of every kind
                continue
            read += _compared(path, row) > 0
    assert read > 150
