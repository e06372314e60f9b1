"""The source distribution: what git keeps, whatever else lies in the checkout."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_it_holds_what_git_keeps_also_beside_the_home_of_a_demo(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", ROOT.as_uri(), checkout], check=True)
    (checkout / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    # As `rtstruct build` lays the dbt project into a home; the first that is met, in any order.
    for home in ("a", "rtstruct-demo", "z"):
        project = checkout / home / "dbt" / "project"
        project.mkdir(parents=True)
        for folder in ("models", "seeds", "tests"):
            (project / folder).symlink_to(checkout / folder)

    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)

    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    kept = subprocess.check_output(["git", "ls-files"], cwd=checkout, text=True).splitlines()
    assert held - {"PKG-INFO"} == set(kept)
