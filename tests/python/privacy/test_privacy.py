"""Identifiers planted in images and structure sets are found where docs/privacy.md says."""

from __future__ import annotations

import gzip
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pydicom
import pytest

from privacy import planted
from rtstruct.phantom import shapes
from rtstruct.phantom.grid import Grid, uniform
from rtstruct.phantom.identity import Study
from rtstruct.phantom.image_series import write_image_series
from rtstruct.phantom.structure_set import DrawnROI, draw, write_structure_set

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[3] / "docs" / "privacy.md"
GRID = Grid(columns=32, rows=32, slices_mm=uniform(6, 2.0), slice_thickness_mm=2.0)
ALL = ("--where", "true")
FORMATS = {
    "nifti": ("--reference",),
    "nrrd": ("--format", "nrrd"),
    "labelmap": ("--labelmap",),
    "seg": ("--format", "seg"),
}


class Ground:
    """A folder for everything, and the command line working in it."""

    def __init__(self, base: Path) -> None:
        self.base, self.home = base, base / "home"
        self.said = base / "terminal.txt"

    def run(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "rtstruct", *words],
            env={**os.environ, "RTSTRUCT_HOME": str(self.home)},
            cwd=self.base,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        with self.said.open("a", encoding="utf-8") as file:
            file.write(done.stdout + done.stderr)
        return done.stdout


def write_cohort(folder: Path) -> None:
    """A CT and a structure set that carry every identifier."""
    image = write_image_series(folder / "image", GRID, Study("PHANTOM"))
    lung = DrawnROI(1, planted.value("ROIName"), draw(shapes.cylinder((0, 0, 0), 9, 20), GRID))
    path = folder / f"{planted.value('file')}.dcm"
    write_structure_set(path, [lung], image)
    for file in folder.rglob("*.dcm"):
        dataset = pydicom.dcmread(file)
        groups = [planted.PATIENT, planted.STUDY, planted.PEOPLE, planted.PLACES, planted.SERIES]
        planted.plant(dataset, [keyword for group in groups for keyword in group])
        if dataset.Modality == "RTSTRUCT":
            planted.plant(dataset, planted.STRUCTURE_SET)
            planted.plant(dataset.StructureSetROISequence[0], planted.ROI[:-1])
            planted.plant(dataset.RTROIObservationsSequence[0], planted.ROI[-1:])
        dataset.save_as(file)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Everything that the commands write, as it is by default and under pseudonyms."""
    ground = Ground(tmp_path_factory.mktemp("privacy"))
    folder = ground.base / planted.value("folder")
    write_cohort(folder)
    ground.said.touch()
    ground.run("index", str(folder))
    ground.run("build")
    for kind, key in (("plain", ()), ("pseudonymous", ("--pseudonymise", "key"))):
        # A registry each.
        registry = ground.home / "registry.duckdb"
        for name, options in FORMATS.items():
            ground.run("convert", *ALL, *options, *key, "--out", f"{kind}/{name}")
        ground.run("plan", *ALL, "--shards", "1", "--into", f"{kind}/shards", *key, "--out", "s")
        words = ("--layout", "monai", "--labels", "labels.csv", "--out", f"{kind}/export")
        name = planted.value("ROIName")
        (ground.base / "labels.csv").write_text(f"label,name,ROIName\n1,Organ,{name}\n")
        ground.run("export", *ALL, *words, *key)
        # By the engines that a mask may be made by too: there is one structure set.
        ground.run("compare", *ALL, "--on", "true", *key)
        # Later: what `compare` says of masks on the terminal is an answer, with names.
        words = ("--labelmap", "--per", "image", "--out", f"{kind}/per image")
        ground.run("convert", *ALL, *words, *key)
        if kind == "plain":
            ground.run("report", "--out", f"{kind}/report")
        ground.run("status")
        ground.run("sql", "select count(*) from registry.masks")
        target = ground.base / kind / "registry"
        target.mkdir()
        for file in [registry, *ground.home.glob("registry_*.parquet")]:
            file.rename(target / file.name)
    return ground


def contents(path: Path) -> Iterator[bytes]:
    """Bytes of a file: those that it holds compressed, and of a database all that it answers."""
    data = path.read_bytes()
    yield data
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    if data[:4] == b"NRRD":
        yield gzip.decompress(data.partition(b"\n\n")[2])
    if path.suffix in (".parquet", ".duckdb"):
        with duckdb.connect() as connection:
            if path.suffix == ".parquet":
                tables = [f"read_parquet('{path}')"]
            else:
                connection.execute(f"attach '{path}' as found (read_only)")
                tables = [
                    f'found."{schema}"."{table}"'
                    for schema, table in connection.execute(
                        "select schema_name, table_name from duckdb_tables()"
                        " where database_name = 'found'"
                    ).fetchall()
                ]
            for table in tables:
                for row in connection.execute(f"from {table}").fetchall():
                    yield repr([_text(value) for value in row]).encode("utf-8", "replace")


def _text(value: object) -> object:
    if isinstance(value, list):
        return [_text(each) for each in value]
    if isinstance(value, dict):
        return {key: _text(each) for key, each in value.items()}
    return str(value)


def found_in(root: Path, base: Path) -> set[str]:
    """Which identifiers are in the files below a folder, their names included."""
    hits = set()
    for path in [root, *root.rglob("*")]:
        if path.is_symlink():
            continue
        name = path.relative_to(base).as_posix().encode()
        for found in (name, *(contents(path) if path.is_file() else ())):
            data = found.lower()
            hits |= {
                keyword
                for keyword in planted.ALL
                if keyword != "ApprovalStatus"
                and any(needle in data for needle in planted.needles(keyword))
            }
    return hits


def said_by_docs() -> dict[str, set[str]]:
    """Identifiers by place, as the table of docs/privacy.md has them."""
    lines = [line for line in DOCS.read_text().splitlines() if line.startswith("|")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    header = table[0][1:]
    said: dict[str, set[str]] = {place: set() for place in header}
    for keywords, *cells in table[2:]:
        for place, cell in zip(header, cells, strict=True):
            if cell == "yes":
                said[place] |= set(re.findall(r"`(\w+)`", keywords))
    return said


MASKS = ("nifti", "nrrd", "labelmap", "per image")
PLACES = {
    "index": ("home/dicom_all.parquet", "home/dicom_all_files.parquet"),
    "catalog": ("home/catalog.duckdb",),
    "registry": ("plain/registry",),
    "masks": tuple(f"plain/{name}" for name in MASKS),
    "SEG": ("plain/seg",),
    "shards": ("plain/shards",),
    "export": ("plain/export",),
    "pages": ("plain/report",),
    "registry, pseudonymised": ("pseudonymous/registry",),
    "masks, pseudonymised": tuple(f"pseudonymous/{name}" for name in MASKS),
    "SEG, pseudonymised": ("pseudonymous/seg",),
    "shards, pseudonymised": ("pseudonymous/shards",),
    "export, pseudonymised": ("pseudonymous/export",),
    "terminal, logs": ("terminal.txt", "home/dbt/logs"),
}


@pytest.mark.parametrize("place", PLACES)
def test_identifiers_are_where_the_docs_say_and_nowhere_else(ground: Ground, place: str) -> None:
    said = said_by_docs()
    assert set(said) == set(PLACES)
    known = {keyword for hits in said.values() for keyword in hits}
    assert known <= set(planted.ALL)
    hits = set()
    for name in PLACES[place]:
        path = ground.base / name
        assert path.exists()
        hits |= found_in(path, ground.base)
    assert hits == said[place]


def test_nothing_lies_where_nobody_looks(ground: Ground) -> None:
    looked = {ground.base / name for names in PLACES.values() for name in names}
    looked |= {ground.base / planted.value("folder"), ground.base / "labels.csv"}
    ours = {"dbt", "rules", "masks", "key"}
    for path in ground.base.rglob("*"):
        if path.is_dir() or any(path.is_relative_to(each) for each in looked):
            continue
        name = path.relative_to(ground.base).as_posix()
        assert name.removeprefix("home/").startswith(tuple(ours)), name
    # What the export converted for itself, and what dbt left.
    for folder in ("dbt", "rules"):
        assert found_in(ground.home / folder, ground.base) == set()


def test_there_are_about_sixty_identifiers_and_all_are_in_the_files(ground: Ground) -> None:
    assert len(planted.ALL) > 60
    assert len({needle for keyword in planted.ALL for needle in planted.needles(keyword)}) >= len(
        planted.ALL
    )
    everywhere = found_in(ground.base / planted.value("folder"), ground.base)
    assert everywhere == set(planted.ALL) - {"ApprovalStatus"}


def test_pseudonyms_are_the_same_every_time_and_need_the_key(ground: Ground) -> None:
    key = ground.base / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    named = [
        {path.name for path in (ground.base / "pseudonymous" / name).glob("*/*")}
        for name in FORMATS
    ]
    assert named[0]
    assert all(names == named[0] for names in named)
    secret = key.read_bytes().strip()
    for path in ground.base.rglob("*"):
        if path.is_file() and path != key:
            assert not any(secret in data for data in contents(path)), path


def test_masks_are_the_same_with_and_without_pseudonyms(ground: Ground) -> None:
    plain, other = (
        sorted((ground.base / kind / "nrrd").rglob("*.nrrd"), key=lambda path: path.name)
        for kind in ("plain", "pseudonymous")
    )
    assert [path.read_bytes() for path in plain] == [path.read_bytes() for path in other]
    files = [next((ground.base / k / "seg").rglob("*.dcm")) for k in ("plain", "pseudonymous")]
    one, two = map(pydicom.dcmread, files)
    assert np.array_equal(one.pixel_array, two.pixel_array)
    assert one.PatientID == planted.value("PatientID")
    assert two.PatientID == two.PatientName
    assert two.PatientID.startswith("patient-")


def test_a_key_that_others_can_read_or_that_is_none_is_refused(ground: Ground) -> None:
    loose = ground.base / "key of all"
    loose.write_text("a" * 64)
    loose.chmod(0o644)
    ground.run("convert", *ALL, "--pseudonymise", str(loose), code=2)
    loose.chmod(0o600)
    loose.write_text("secret")
    ground.run("convert", *ALL, "--pseudonymise", str(loose), code=2)
    loose.unlink()
