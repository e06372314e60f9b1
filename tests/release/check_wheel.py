"""What a stranger gets: the wheel of the sdist, installed from scratch, away from the repository.

``check_wheel.py`` tries each Python that this machine has (``PYTHONS="python3.11 python3.13"`` for
others); ``check_wheel.py idc-index`` has that package in the same environment, hence DuckDB 1.x,
and reads with it what DuckDB 2 wrote, and the other way round.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUPPORTED = ("python3.11", "python3.12", "python3.13", "python3.14")
# What a repository, or an environment that is active, could lend.
LENT = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "RTSTRUCT_HOME", "DBT_PROFILES_DIR")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in LENT}
CARRIED = (
    "rtstruct/dbt/dbt_project.yml",
    "rtstruct/dbt/profiles/profiles.yml",
    "rtstruct/dbt/seeds/codes.csv",
    "rtstruct/dbt/rules/",
    "rtstruct/dbt/tests/dbt/",
    "rtstruct/report/static/lib/niivue.js",
    "rtstruct/report/static/lib/tabulator.min.js",
    "rtstruct/compiled/vocabulary-",
)
COUNT = "import duckdb, sys; print(duckdb.__version__, *(duckdb.connect(path, read_only=True).execute(sql).fetchone()[0] for path, sql in zip(sys.argv[1::2], sys.argv[2::2])))"  # noqa: E501


def run(*words: str | Path, cwd: Path, home: Path | None = None) -> str:
    """Standard output of a command; its end if it fails is ours, with what it said."""
    environment = ENVIRONMENT | ({"RTSTRUCT_HOME": str(home)} if home else {})
    environment["XDG_CACHE_HOME"] = str(cwd / "cache")  # no vocabulary compiled by others
    done = subprocess.run(
        [*map(str, words)], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


def build_wheel(folder: Path) -> Path:
    """The wheel, made from the sdist alone; both hold all that they should."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    words = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, sdist)
    run(sys.executable, "-m", "pip", *words, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    names = run(sys.executable, "-m", "zipfile", "--list", wheel, cwd=folder)
    missing = [name for name in CARRIED if name not in names]
    if missing:
        raise SystemExit(f"{wheel.name} lacks {', '.join(missing)}; run `make setup` first")
    return wheel


def install(python: str, folder: Path, *packages: str | Path) -> Path:
    """A new environment with these packages; returns its folder of programs."""
    run(python, "-m", "venv", folder / "env", cwd=folder)
    programs = folder / "env" / "bin"
    run(programs / "python", "-m", "pip", "install", "--quiet", *packages, cwd=folder)
    run(programs / "python", "-m", "pip", "check", cwd=folder)
    return programs


def use(programs: Path, folder: Path) -> None:
    """The commands of a first hour, and the library."""
    home = folder / "demo"
    where = "import rtstruct; print(rtstruct.__file__)"
    package = Path(run(programs / "python", "-c", where, cwd=folder).strip())
    assert package.is_relative_to(folder), package
    rtstruct = programs / "rtstruct"
    reading = run(rtstruct, "names", "Poumon G", "--json", cwd=folder, home=folder / "names")
    assert json.loads(reading)[0]["tg263_name"] == "Lung_L", reading
    assert "31 of 31 masks agree" in run(rtstruct, "demo", home, cwd=folder)
    run(rtstruct, "report", "--out", folder / "pages", cwd=folder, home=home)
    assert "tabulator.min.js" in " ".join(path.name for path in (folder / "pages").rglob("*.js"))
    masks = (
        "import rtstruct, sys; w = rtstruct.open(sys.argv[1]); print(len(list(w.masks('true'))))"
    )
    counted = run(programs / "python", "-W", "ignore", "-c", masks, home, cwd=folder)
    assert counted.split() == ["31"], counted


def read_by(programs: Path, home: Path, folder: Path) -> str:
    """The version of DuckDB of an environment that reads catalog and registry of a home."""
    questions = (
        *(home / "catalog.duckdb", "select count(*) from rtstruct.rtstruct_rois"),
        *(home / "registry.duckdb", "select count(*) from masks"),
    )
    version, rois, masks = run(programs / "python", "-c", COUNT, *questions, cwd=folder).split()
    assert (int(rois) > int(masks), masks) == (True, "31"), (rois, masks)
    return version


def runs(python: str) -> bool:
    """Whether it is there in truth: a version manager has stand-ins for what it lacks."""
    words = [python, "-c", "import ensurepip"]
    return (
        bool(shutil.which(python))
        and not subprocess.run(words, capture_output=True, check=False).returncode
    )


def check_pythons(wheel: Path, folder: Path) -> None:
    named = os.environ.get("PYTHONS", "").split()
    present = named or [name for name in SUPPORTED if runs(name)]
    for number, python in enumerate(present):
        started = time.perf_counter()
        place = folder / str(number)
        place.mkdir()
        use(install(python, place, wheel), place)
        print(f"{python}: installed and used in {time.perf_counter() - started:.0f} s", flush=True)
    if not named:
        print("not on this machine:", ", ".join(sorted(set(SUPPORTED) - set(present))) or "none")


def check_beside_idc_index(wheel: Path, folder: Path) -> None:
    both, alone = folder / "both", folder / "alone"
    both.mkdir()
    alone.mkdir()
    beside = install(sys.executable, both, wheel, "idc-index")
    run(beside / "python", "-c", "import idc_index, rtstruct", cwd=both)
    use(beside, both)
    # The DuckDB that tests run with: the newer one.
    ours = Path(sys.executable).parent
    run(ours / "rtstruct", "demo", alone / "demo", cwd=alone)
    for reader, place in ((beside, alone), (ours, both)):
        print(f"DuckDB {read_by(reader, place / 'demo', place)} reads what the other wrote")
    again = ("convert", "--where", "structure = 'Lung'", "--redo", "all")
    for programs in (beside, ours):
        run(programs / "rtstruct", *again, cwd=alone, home=alone / "demo")
        read_by(ours if programs is beside else beside, alone / "demo", alone)
    print("both read and write one home; idc-index is beside rtstruct")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="rtstruct-wheel-") as temporary:
        place = Path(temporary).resolve()
        wheel_file = build_wheel(place)
        check = check_beside_idc_index if "idc-index" in sys.argv[1:] else check_pythons
        check(wheel_file, place)
