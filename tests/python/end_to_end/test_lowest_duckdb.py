"""The lowest DuckDB that pyproject.toml allows, as users of idc-index have: every command on it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# What reads the catalog or the registry; the demo itself indexes, builds, converts and reports.
COMMANDS = (
    ("status",),
    ("status", "--json"),
    ("sql", "select count(*) from mask_findings"),
    ("names", "Poumon G"),
    ("names", "--changes"),
    ("build",),
    ("convert", "--where", "structure = 'Lung'", "--format", "nrrd", "--out", "nrrd"),
    ("retry",),
    ("compare", "--where", "true"),
    ("export", "--where", "structure = 'Heart'", "--layout", "monai", "--out", "training"),
    ("plan", "--where", "true", "--shards", "2"),
    ("registry", "merge", "copy.duckdb"),
)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """That DuckDB before the one that is installed, and a home."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (wanted,) = (each for each in project["dependencies"] if each.startswith("duckdb"))
    lowest = re.sub(r"^duckdb>=([0-9.]+).*", r"\1", wanted)
    folder = tmp_path_factory.mktemp("lowest")
    uv = Path(sys.executable).with_name("uv")
    target = ("--target", str(folder / "packages"), f"duckdb=={lowest}")
    subprocess.run([uv, "pip", "install", "--quiet", "--no-deps", *target], check=True)
    found = os.environ | {
        "PYTHONPATH": str(folder / "packages"),
        "RTSTRUCT_HOME": str(folder / "demo"),
    }
    program = [sys.executable, "-c", "import duckdb; print(duckdb.__version__)"]
    assert subprocess.check_output(program, env=found, text=True).strip() == lowest
    return found


def test_every_command_runs_on_it(environment: dict[str, str], tmp_path: Path) -> None:
    home = environment["RTSTRUCT_HOME"]
    program = [sys.executable, "-m", "rtstruct"]
    demo = subprocess.run(
        [*program, "demo", home, "--json"], env=environment, capture_output=True, text=True
    )
    assert demo.returncode == 0, demo.stderr
    assert json.loads(demo.stdout)["rois"]

    shutil.copy(Path(home) / "registry.duckdb", tmp_path / "copy.duckdb")
    failed = {}
    for words in COMMANDS:
        done = subprocess.run(
            [*program, *words], env=environment, capture_output=True, text=True, cwd=tmp_path
        )
        if done.returncode or "Traceback" in done.stderr:
            failed[words] = (done.returncode, done.stderr[-500:])
    assert failed == {}
