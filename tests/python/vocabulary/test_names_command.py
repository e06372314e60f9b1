"""`rtstruct names` gives back every name as it came, in the order given."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from rtstruct.catalog.vocabulary import Reading
    from rtstruct.home import Home

HOSTILE = [
    "  Lung_L",
    'a "quoted", name',
    "'; drop table rtstruct_rois; --",
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "\U0001f600 Heart",
    "Lung_L",
    "two\nlines",
    "tab\tand\rreturn",
    "",
    "x" * 65536,
    "心臓",
    "Lung_L",
]


def names(home: Home, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "rtstruct", "names", *arguments],
        env={"RTSTRUCT_HOME": str(home.root), "PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        check=False,
    )


def test_a_csv_keeps_its_order_and_every_byte_of_the_names(
    vocabulary_home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "names.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(["site", "ROIName"])
        writer.writerows([site, name] for site, name in enumerate(HOSTILE))
    answer = names(vocabulary_home, "--from", str(file), "--csv")
    assert answer.returncode == 0, answer.stderr
    rows = list(csv.DictReader(io.StringIO(answer.stdout.decode(), newline="")))
    assert [row["ROIName"] for row in rows] == HOSTILE
    assert [row["structure"] for row in rows if row["ROIName"] == "Lung_L"] == ["Lung", "Lung"]


def test_a_list_is_a_table_of_a_line_a_name(vocabulary_home: Home, tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("Poumon G\n\x1b[31mred\nPTV 60\nblorb_L\n", encoding="utf-8")
    answer = names(vocabulary_home, "--from", str(file))
    header, _, lung, red, target, unread = answer.stdout.decode().splitlines()
    columns = [cell.strip() for cell in header.split("┃")]
    cells = dict(zip(columns, (cell.strip() for cell in lung.split("│")), strict=True))
    assert (cells["structure"], cells["laterality"], cells["confidence"]) == ("Lung", "L", "A")
    assert "\x1b" not in red
    assert "PTV" in target.removeprefix("PTV 60")
    assert "blorb" in unread.removeprefix("blorb_L")


def test_bytes_that_are_no_utf8_come_back(vocabulary_home: Home, tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_bytes(b"H\xf6he\nLung_L\n")
    answer = names(vocabulary_home, "--from", str(file), "--csv")
    lines = answer.stdout.split(b"\n")
    assert lines[1].startswith(b"H\xf6he,")
    assert lines[2].startswith(b"Lung_L,ANATOMY,Lung,L")


def test_the_reason_is_told_with_the_answer(vocabulary_home: Home) -> None:
    answer = names(vocabulary_home, "cord+5mm", "--json")
    (reading,) = json.loads(answer.stdout)
    assert reading["match_rule"] == "prv.margin"
    assert reading["tokens"] == ["cord", "+", "5", "mm"]
    shown = names(vocabulary_home, "SC").stdout.decode()
    assert "UNKNOWN" in shown


def test_no_names_is_wrong_use(vocabulary_home: Home) -> None:
    answer = names(vocabulary_home)
    assert answer.returncode == 2
    assert b"no names given" in answer.stderr


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(st.text(max_size=60), min_size=1, max_size=30))
def test_any_text_is_read_without_an_error(
    read: Callable[[Sequence[str]], list[Reading]], texts: list[str]
) -> None:
    readings = read(texts)
    assert [reading.ROIName for reading in readings] == texts
    assert all(reading.facets["roi_class"] for reading in readings)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8:strict"])
def test_names_are_utf_8_whatever_the_locale(vocabulary_home: Home, encoding: str) -> None:
    name = "右肺 \udcff"
    answer = names(vocabulary_home, name, "--json", PYTHONIOENCODING=encoding, PYTHONUTF8="1")
    assert answer.returncode == 0, answer.stderr
    (reading,) = json.loads(answer.stdout.decode("utf-8", "surrogateescape"))
    assert reading["ROIName"] == name


def test_a_file_that_is_neither_csv_nor_lines_is_refused(
    vocabulary_home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "names"
    file.write_bytes(b"Lung_L\rLung_R")
    answer = names(vocabulary_home, "--from", str(file))
    assert answer.returncode == 2
    assert answer.stderr.startswith(b"rtstruct: ")
    assert answer.stderr.count(b"\n") == 1
