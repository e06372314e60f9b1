"""The session in the README is real: its commands run in order and print what it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

README = Path(__file__).resolve().parents[3] / "README.md"

# Bars of progress: gone from a terminal when a command ends, lines when there is no terminal.
PROGRESS = re.compile(r"^(Looking for files|Reading DICOM|Converting structure sets): \d")
VARIES = (
    (re.compile(r"\b\d+(\.\d+)? s\b"), "# s"),
    (re.compile(r"\b\d+ (models|tests)\b"), r"# \1"),
    (re.compile(r"  +"), "  "),
)
ANY_LINES = "..."


@dataclass
class Example:
    """A command of the README and what it shows below it."""

    command: str
    shown: list[str] = field(default_factory=list)


def examples(text: str) -> list[Example]:
    found: list[Example] = []
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Example(line[2:]))
            else:
                found[-1].shown.append(line)
    return found


def normalised(lines: list[str], folder: Path) -> list[str]:
    kept = []
    for line in lines:
        text = line.replace(str(folder), "…").rstrip()
        for pattern, replacement in VARIES:
            text = pattern.sub(replacement, text)
        if text and not PROGRESS.match(text):
            kept.append(text)
    return kept


def matches(shown: list[str], printed: list[str]) -> bool:
    """Whether lines are equal, where ``...`` stands for any lines."""
    pattern = "".join(".*?" if line == ANY_LINES else re.escape(f"{line}\n") for line in shown)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed), re.DOTALL) is not None


def test_the_commands_of_the_readme_print_what_it_shows(tmp_path: Path) -> None:
    session = examples(README.read_text(encoding="utf-8"))
    assert len(session) >= 8
    end_of_output = "end of the output of one command"
    script = "\n".join(f"{example.command} 2>&1\necho '{end_of_output}'" for example in session)
    programs = Path(sys.executable).parent
    run = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    printed = run.stdout.split(f"{end_of_output}\n")[:-1]
    for example, output in zip(session, printed, strict=True):
        wanted = normalised(example.shown, tmp_path)
        lines = normalised(output.splitlines(), tmp_path)
        assert matches(wanted, lines), f"$ {example.command}\n" + "\n".join(lines)


def test_an_example_that_prints_something_else_is_noticed() -> None:
    assert matches(["a", ANY_LINES, "d"], ["a", "b", "c", "d"])
    assert not matches(["a", ANY_LINES, "d"], ["a", "b", "c"])
    assert not matches(["31 masks"], ["30 masks"])
