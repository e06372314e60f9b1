"""``make docs``: the project explains itself on one page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rtstruct.catalog.project import project_folder


def test_make_docs_writes_one_page(tmp_path: Path) -> None:
    # What setup leaves is there: these tests run in it.
    command = ["make", "--old-file=setup", "docs", f"DOCS={tmp_path}"]
    made = subprocess.run(
        [*command, f"BIN={Path(sys.executable).parent}"],
        cwd=project_folder(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    page = (tmp_path / "static_index.html").read_text()
    assert "One row per RTSTRUCT series" in page
    assert "rtstruct convert" in page  # an exposure
