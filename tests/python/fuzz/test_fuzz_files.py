"""Damaged Parquet, DuckDB, CSV, JSON and lists through the commands that read them."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING

import pytest

from fuzz.bounds import rounds
from fuzz.campaign import altered_json, case_files, random_name
from fuzz.mutations import alter_bytes
from rtstruct.catalog.own_rules import say_of_a_name
from rtstruct.cli import main
from rtstruct.errors import RtstructError
from rtstruct.home import Home
from support.workspace import Road, Sketch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WHERE = ("--where", "true")
HEADS = (b"PatientID\n", b"ROIName,x\n", b'"PatientID', b"SeriesInstanceUID;PatientID\r", b"",
         b"cp s3://idc-open-data/12345678-1234-1234-1234-123456789012/* .\n",
         b"\xef\xbb\xbf")  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A catalog, a registry and an index that are whole."""
    road = Road(Home(tmp_path / "home"))
    road.catalog(Sketch("a", ["Lung", "fail"]), Sketch("b", ["Heart"], image="image-2")).convert()
    monkeypatch.setenv("RTSTRUCT_HOME", str(road.home.root))
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data"
    data.mkdir()
    for name, content in case_files(0, Random(3)).items():
        (data / name).write_bytes(content)
    assert main(["index", str(data)]) in (0, 1)
    return road.home


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., int]:
    """A command that may refuse in one line, and no more."""

    def one(*words: str) -> int:
        code = main(list(words))
        said = capfd.readouterr().err
        assert code in (0, 1, 2), (code, words)
        assert "Traceback" not in said, said
        return code

    return one


def damaged(content: bytes, random: Random) -> bytes:
    data = bytearray(content)
    for _ in range(random.choice([1, 1, 3, 30])):
        alter_bytes(data, random)
    return bytes(data)


def text(random: Random) -> bytes:
    """A list, or a table, of anything."""
    lines = [random_name(random) for _ in range(random.choice([0, 1, 3]))]
    lines.append(random.choice([b"x" * 200_000, b'"' + b"," * 140_000, b"\0", b'a"b,"', b"P1"]))
    return random.choice(HEADS) + random.choice([b"\n", b"\r", b",", b"\r\n"]).join(lines)


def test_damaged_files_of_a_home(home: Home, run: Callable[..., int]) -> None:
    kinds = (
        ("Parquet", "dicom_all.parquet", ("index", "data")),
        ("Parquet", "dicom_all_files.parquet", ("index", "data")),
        ("DuckDB catalog", "catalog.duckdb", ("sql", "from rtstruct_rois", "--json")),
        ("DuckDB catalog", "catalog.duckdb", ("convert", *WHERE, "--dry-run")),
        ("DuckDB catalog", "catalog.duckdb", ("export", *WHERE, "--layout", "monai", "--out", "e")),
        ("DuckDB registry", "registry.duckdb", ("status", "--json")),
        ("DuckDB registry", "registry.duckdb", ("sql", "from registry.masks")),
        ("DuckDB registry", "registry.duckdb", ("registry", "forget", "nowhere")),
    )
    whole = {file: (home.root / file).read_bytes() for _, file, _ in kinds}

    def one(number: int) -> Counter[str]:
        random = Random(number)
        entry, file, words = random.choice(kinds)
        (home.root / file).write_bytes(damaged(whole[file], random))
        run(*words)
        for each in (file, file + ".wal"):
            (home.root / each).unlink(missing_ok=True)
        (home.root / file).write_bytes(whole[file])
        shutil.rmtree("e", ignore_errors=True)
        return Counter({f"{entry}, `{words[0]}`": 1})

    rounds(one)


def test_any_bytes_are_a_list_of_identifiers_or_are_refused(
    home: Home, run: Callable[..., int], tmp_path: Path
) -> None:
    def one(number: int) -> Counter[str]:
        (tmp_path / "ids").write_bytes(text(Random(number)))
        run("convert", "--ids", "ids", "--dry-run")
        return Counter({"--ids": 1})

    rounds(one)


def test_any_bytes_are_rules_of_the_users_own_or_are_refused(home: Home) -> None:
    say_of_a_name(home, "Lung", structure="Lung")
    files = sorted(home.rules.glob("*.csv"))
    whole = {file: file.read_bytes() for file in files}

    def one(number: int) -> Counter[str]:
        random = Random(number)
        file = random.choice(files)
        content = text(random) if random.random() < 0.5 else damaged(whole[file] * 3, random)
        file.write_bytes(content)
        with suppress(RtstructError):
            say_of_a_name(home, "Lung", structure="Lung")
        for each in files:
            each.write_bytes(whole[each])
        return Counter({"rules": 1})

    rounds(one)


def test_a_damaged_export_or_provenance_is_refused_or_read(
    home: Home, run: Callable[..., int], tmp_path: Path
) -> None:
    """What an earlier run left is read again by the next one."""
    made = [path for path in sorted(home.masks.rglob("*.json")) if path.is_file()]
    assert made
    whole = {path: path.read_bytes() for path in made}

    def one(number: int) -> Counter[str]:
        random = Random(number)
        path = random.choice(made)
        broken = altered_json(json.dumps(json.loads(whole[path])).encode(), random)
        path.write_bytes(broken if random.random() < 0.5 else damaged(whole[path], random))
        run("convert", *WHERE, "--redo", "failed", "--workers", "1")
        run("doctor", "--json") if number % 20 == 0 else None
        path.write_bytes(whole[path])
        return Counter({"provenance.json, `convert`": 1})

    rounds(one)
    assert not [path for path in tmp_path.iterdir() if os.fspath(path.name).startswith("..")]
