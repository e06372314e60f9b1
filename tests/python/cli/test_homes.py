"""Every command in a home that is odd: it works, or one line says what is wrong with the home."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rtstruct.cli import main
from rtstruct.phantom.grid import Grid
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from support.dicom_files import slice_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMANDS = (
    ("index", "{data}"),
    ("build",),
    ("names", "Lung_L"),
    ("names", "--review", "{data}/review.csv"),
    ("names", "--changes"),
    ("sql", "select 1"),
    ("fetch", "--where", "true", "--dry-run"),
    ("convert", "--where", "true"),
    ("plan", "--where", "true", "--shards", "2", "--into", "{data}/shards"),
    ("registry", "merge", "{data}/none.duckdb"),
    ("status",),
    ("retry",),
    ("compare", "--where", "true"),
    ("verify", "--where", "true"),
    ("report",),
    ("export", "--where", "true", "--layout", "monai", "--out", "{data}/set"),
    ("doctor",),
)


def _file(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def _below_a_file(path: Path) -> Path:
    return _file(path) / "home"


def _loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


def _into_the_void(path: Path) -> Path:
    path.symlink_to(path.with_name("none") / "deeper")
    return path


def _not_writable(path: Path) -> Path:
    from pathlib import Path as AnyPath

    return AnyPath("/proc/rtstruct")  # not even root makes a folder there


def _too_long(path: Path) -> Path:
    return path / ("x" * 300)


UNUSABLE = (_file, _below_a_file, _loop, _into_the_void, _not_writable, _too_long)


@pytest.mark.parametrize("make", UNUSABLE)
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_a_home_that_cannot_be_used_is_told_in_one_line(
    make: Callable[[Path], Path],
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    slice_of(np.zeros(3)).save_as(data / "1.dcm")
    monkeypatch.setenv("RTSTRUCT_FETCH_FROM", "http://127.0.0.1:9")
    monkeypatch.setenv("RTSTRUCT_HOME", str(make(tmp_path / "home")))
    code = main([word.format(data=data) for word in words])
    said = capfd.readouterr().err
    assert "Traceback" not in said
    if words[0] not in ("names", "doctor"):
        assert code in (1, 2)
        lines = [line for line in said.splitlines() if line.startswith("rtstruct: ")]
        assert len(lines) == 1, said


@pytest.mark.parametrize(
    "name",
    ["a=b", "year=2026/month=1", "sp ace'quote\"s", "p%20q%", "[y] *z", "new\nline", "-x", "~"],
)
@pytest.mark.parametrize("link", [False, True])
def test_a_home_with_an_odd_name_works(
    name: str,
    link: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    home = tmp_path / name
    home.mkdir(parents=True)
    grid = Grid(columns=4, rows=4, slices_mm=(0.0,))
    (image,) = write_image_series(tmp_path / "image", grid, Study("P")).paths
    if link:
        (tmp_path / "link").symlink_to(home)
        home = tmp_path / "link"
    monkeypatch.setenv("RTSTRUCT_HOME", str(home))
    # The second time it reads what it wrote the first time.
    for files in ("1 files found, 1 read", "1 files found, 0 read"):
        assert main(["index", str(image)]) == 0
        assert capfd.readouterr().out.startswith(files)
    assert (home / "dicom_all.parquet").is_file()


def test_a_home_whose_name_is_no_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RTSTRUCT_HOME", os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    assert main(["status"]) == 2
    assert "only UTF-8" in capfd.readouterr().err
