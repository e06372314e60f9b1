"""The full pipeline on the real structure sets, run once however many processes test it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from support.command import run_here
from support.watched_browser import browser

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["browser"]


@dataclass(frozen=True)
class Road:
    """A home folder, and the command line working in it as a user would."""

    home: Path
    exit_codes: dict[str, int] = field(default_factory=dict)

    @property
    def masks(self) -> Path:
        return self.home / "masks"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "rtstruct", *words]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "RTSTRUCT_HOME": str(self.home)}

    def rtstruct(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run ``rtstruct`` with these words."""
        return subprocess.run(
            self.command(*words),
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )

    def here(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run it in this process, which is sooner done."""
        return run_here(self.home, *words, cwd=self.home)

    def convert(self) -> subprocess.CompletedProcess[str]:
        return self.rtstruct("convert", "--where", "true", "--out", str(self.masks))

    def catalog(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Rows of a query on the catalog."""
        return self._query(self.home / "catalog.duckdb", sql, values)

    def registry(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Rows of a query on the registry."""
        return self._query(self.home / "registry.duckdb", sql, values)

    def _query(self, path: Path, sql: str, values: tuple[object, ...]) -> list[dict[str, Any]]:
        with duckdb.connect(str(path), read_only=True) as connection:
            cursor = connection.execute(sql, list(values))
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def file(self, path: str) -> Path:
        """Where the registry says that a mask is: absolute, or relative to the home."""
        return self.home / path


@pytest.fixture(scope="session")
def road(shared_dicom: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Road:
    """``index``, ``build`` and ``convert`` on everything in the folder of real structure sets."""
    base = tmp_path_factory.getbasetemp()
    home = (base if worker_id == "master" else base.parent) / "road"
    home.mkdir(exist_ok=True)
    finished = home / "exit_codes.json"
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            road = Road(home)
            runs = {
                "index": road.rtstruct("index", str(shared_dicom)),
                "build": road.rtstruct("build"),
                "convert": road.convert(),
            }
            for name, run in runs.items():
                assert "Traceback" not in run.stderr, run.stderr
                assert run.returncode in (0, 1), f"{name}: {run.stdout}{run.stderr}"
            finished.write_text(json.dumps({name: run.returncode for name, run in runs.items()}))
    return Road(home, json.loads(finished.read_text()))
