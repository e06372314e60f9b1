"""A small IDC that is served, and homes whose catalog knows it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from fetch.idc import SmallIDC, build_catalog, serve
from rtstruct.home import Home
from support.command import run_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def idc(shared_dicom: Path) -> Iterator[SmallIDC]:
    """Six real series in a real S3 server on loopback."""
    small, server = serve(shared_dicom)
    yield small
    server.stop()


@pytest.fixture(scope="session")
def catalog(idc: SmallIDC, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalog of source ``idc_index`` over these series."""
    home = Home(tmp_path_factory.mktemp("small idc"))
    build_catalog(home, idc)
    return home.catalog


@dataclass(frozen=True)
class Command:
    """``rtstruct`` as a user types it, with a home and a place to fetch from."""

    home: Home
    place: str

    def start(self, *words: str, place: str | None = None) -> subprocess.Popen[str]:
        """Run it as a program."""
        return subprocess.Popen(
            [sys.executable, "-m", "rtstruct", *words],
            env=os.environ | self.variables(place),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, place: str | None = None) -> tuple[int, str, str]:
        """Run it in this process, which saves the start; returns its code and what it said."""
        done = run_here(self.home.root, *words, environment=self.variables(place))
        return done.returncode, done.stdout, done.stderr

    def variables(self, place: str | None = None) -> dict[str, str]:
        """What tells the program where it is at home and where to fetch from."""
        return {"RTSTRUCT_HOME": str(self.home.root), "RTSTRUCT_FETCH_FROM": place or self.place}

    def registry(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home.registry), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def command(tmp_path: Path, idc: SmallIDC, catalog: Path) -> Command:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    shutil.copy(catalog, home.catalog)
    return Command(home, idc.address)
