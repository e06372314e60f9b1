"""Every block of code in README and docs is run by a test, or it stands here why not."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rtstruct.catalog.project import project_folder
from rtstruct.cli import parser_of

if TYPE_CHECKING:
    from rtstruct.home import Home

ROOT = project_folder()
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{p.name}" for p in sorted(ROOT.glob("docs/*.md"))),
]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [
    (page, language, text)
    for page in PAGES
    for language, text in BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
]
ELSEWHERE = {
    ("README.md", "console"): "end_to_end/test_readme.py",
    ("docs/queries.md", "sql"): "catalog/test_queries.py",
    ("docs/python.md", "python"): "library/conftest.py",
    ("docs/acquisitions.md", "python"): "conversion/test_lost_slices_elsewhere.py",
}
NOT_RUN = {
    "make demo ": "CI runs both",
    "make setup-dev ": "CI runs the first three; the others measure, or need other Pythons",
    ".venv/bin/pip install": "needs IDC's buckets: fetch and catalog/test_idc_index.py do not",
    "gcloud auth": "needs a Google login: engines/test_convert_from_bigquery.py does not",
    """rtstruct convert --where "structure = 'Lung'" --cluster""": "conversion/test_cluster.py",
    """rtstruct plan --where "structure = 'Lung'" --shards 200""": "conversion/test_shards.py",
}


def test_every_block_is_run_somewhere_or_says_why_not() -> None:
    for page, language, text in BLOCKS:
        if language == "sh":
            continue
        test = ROOT / "tests/python" / ELSEWHERE[page, language]
        assert Path(page).name in test.read_text(), (page, language, text)
    starts = [text for _, language, text in BLOCKS if language == "sh"]
    assert [start for start in NOT_RUN if not any(t.startswith(start) for t in starts)] == []


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (page, text)
        for page, language, text in BLOCKS
        if language == "sh" and not text.startswith(tuple(NOT_RUN))
    ],
)
def test_a_block_of_shell_ends_well(
    page: str, text: str, phantom_home: Home, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(phantom_home.catalog, home)
    # What the page has made before: the masks that it then compares.
    before = "rtstruct convert --where true\n" if page == "docs/agreement.md" else ""
    programs = Path(sys.executable).parent
    done = subprocess.run(
        # 1: some items could not be done, as with a mask that is refused; each is registered.
        ["bash", "-c", "trap '[ $? = 1 ] || exit 9' ERR\n" + before + text + "exit 0"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "RTSTRUCT_HOME": str(home),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "rtstruct: " not in done.stderr


def test_commands_that_are_not_run_are_commands_at_least() -> None:
    for page, language, text in BLOCKS:
        for line in text.splitlines() if language == "sh" else []:
            words = shlex.split(line, comments=True)
            if words[:1] == ["rtstruct"]:
                words = words[1 : words.index(">") if ">" in words else None]
                assert parser_of(words[:1]).parse_args(words), (page, line)
