"""The compiled vocabulary is made once, for all homes, wherever it may be written."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from rtstruct.catalog import vocabulary_store
from rtstruct.catalog.vocabulary import read_names
from rtstruct.home import Home

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_fresh_home_does_not_compile_again(
    vocabulary_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("compiled again")

    assert vocabulary_home.root != tmp_path
    monkeypatch.setattr(vocabulary_store, "_compile", refuse)
    (reading,) = read_names(["Lung_L"], Home(tmp_path / "fresh"))
    assert reading.facets["structure"] == "Lung"
    assert not (tmp_path / "fresh").exists()


def test_where_no_folder_may_be_written_the_vocabulary_lasts_for_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a file"
    file.write_text("no folder")
    made = []

    def compile_into(work: Path) -> Path:
        made.append(work)
        (work / "catalog.duckdb").write_text("compiled")
        return work / "catalog.duckdb"

    monkeypatch.setattr(vocabulary_store, "_compile", compile_into)
    monkeypatch.setattr(vocabulary_store, "_PACKED", file)
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    store = vocabulary_store.compiled_vocabulary(Home(file / "home"))
    assert store.read_text() == "compiled"
    assert len(made) == 1
    assert not store.is_relative_to(tmp_path)


def test_rules_of_the_user_are_read_with_every_question(vocabulary_home: Home) -> None:
    rules = vocabulary_home.rules / "roi_synonyms_local.csv"
    rules.parent.mkdir(parents=True, exist_ok=True)
    try:
        for structure in ("Heart", "Liver"):
            rules.write_text(f"ROIName,roi_class,structure,laterality,comment\nqq,,{structure},,\n")
            (reading,) = read_names(["qq"], vocabulary_home)
            assert reading.facets["structure"] == structure
            assert reading.facets["match_rule"] == "local.synonym"
    finally:
        rules.unlink()


def test_what_other_versions_left_goes_but_the_last_used_and_what_may_be_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compile_into(work: Path) -> Path:
        (work / "catalog.duckdb").write_text("compiled")
        return work / "catalog.duckdb"

    cache = tmp_path / "rtstruct"
    cache.mkdir()
    day, now = 24 * 3600, time.time()
    for name, days in (("a", 0), ("b", 0.5), ("c", 2), ("d", 0.9), ("e", 3), ("f", 4)):
        for path in (cache / f"vocabulary-{name}.duckdb", cache / f"series-{name}"):
            path.write_text("")
            os.utime(path, (now - days * day,) * 2)
    killed = cache / "vocabulary-killed"
    killed.mkdir()
    os.utime(killed, (now - 9 * day,) * 2)
    monkeypatch.setattr(vocabulary_store, "_compile", compile_into)
    monkeypatch.setattr(vocabulary_store, "_PACKED", tmp_path / "absent")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store = vocabulary_store.compiled_vocabulary(Home(tmp_path / "home"))
    left = {path.name.removesuffix(".duckdb") for path in cache.glob("vocabulary-*")}
    assert left == {"vocabulary-a", "vocabulary-b", "vocabulary-d", store.stem}
    assert len(list(cache.glob("series-*"))) == 6
    # Its use is noted.
    os.utime(store, (now - 9 * day,) * 2)
    assert vocabulary_store.compiled_vocabulary(Home(tmp_path / "home")) == store
    assert store.stat().st_mtime > now - day
