"""`rtstruct` as a user runs it: a program of its own, in a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from io import StringIO
from typing import TYPE_CHECKING

import duckdb
import pytest

from rtstruct.cli import main

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rtstruct.home import Home
    from support.workspace import Road


def run_here(
    home: Path, *words: str, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """`rtstruct` in this process: no start of a program, and dbt has been imported but once."""
    with (
        chdir(cwd or "."),
        redirect_stdout(StringIO()) as output,
        redirect_stderr(StringIO()) as messages,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in {**(environment or {}), "RTSTRUCT_HOME": str(home)}.items():
            patch.setenv(name, value)
        code = main(words)
    return subprocess.CompletedProcess(words, code, output.getvalue(), messages.getvalue())


@dataclass(frozen=True)
class Command:
    """`rtstruct` with a home of its own."""

    home: Home
    environment: Mapping[str, str] = field(default_factory=dict)
    """Beside the home."""

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The program, running."""
        return subprocess.Popen(
            [sys.executable, "-m", "rtstruct", *words],
            env={**os.environ, **self.environment, "RTSTRUCT_HOME": str(self.home.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> tuple[int, str, str]:
        """Its exit code, standard output and standard error."""
        process = self.start(*words)
        output, messages = process.communicate()
        assert "Traceback" not in messages
        return process.returncode, output, messages


def wait_for_masks(road: Road, count: int) -> None:
    """Wait until a run that goes on has registered as many masks."""
    for _ in range(600):
        # The writer may hold the file just now.
        with suppress(duckdb.Error):
            if (
                road.home.registry.exists()
                and road.sql("select count(*) from masks")[0][0] >= count
            ):
                return
        time.sleep(0.02)
    pytest.fail("no mask came")
