"""What a person at a terminal sees: tables that fit, examples in every help."""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rtstruct.catalog.query import Answer
from rtstruct.cli import COMMANDS, main, parser_of
from rtstruct.cli.examples import EXAMPLES
from rtstruct.cli.index import _lines
from rtstruct.cli.show.tables import shortened, write_table

UID = "1.3.6.1.4.1.14519.5.2.1.7014.4598.243108"
ANSWER = Answer(
    ("SeriesInstanceUID", "ROIName", "count"), [(UID, "Lung", 3), (UID, "\x1b[31mred", None)]
)


class Terminal(io.StringIO):
    """A text stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def written(answer: Answer, monkeypatch: pytest.MonkeyPatch, columns: int, **more: bool) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    write_table(answer, out, **more)
    return out.getvalue()


def test_a_table_that_fits_is_a_table_with_short_uids(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = written(ANSWER, monkeypatch, 80).splitlines()
    assert len(lines) == 4
    assert "1.3.6.1.4.1.….4598.243108" in lines[2]
    assert UID not in "".join(lines)


def test_a_table_that_is_too_wide_is_written_record_by_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = written(ANSWER, monkeypatch, 36)
    assert "-- 1 of 2" in text
    assert max(map(len, text.splitlines())) <= 60
    assert "\x1b[31m" not in text
    # What is empty is left out of a record.
    assert text.count("count") == 1


def test_full_uids_when_asked_for_and_always_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    assert UID in written(ANSWER, monkeypatch, 120, full=True)
    pipe = io.StringIO()
    write_table(ANSWER, pipe)
    assert UID in pipe.getvalue()
    assert len(pipe.getvalue().splitlines()) == 4


def test_no_color_is_honored_and_color_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[3" not in written(ANSWER, monkeypatch, 80)
    monkeypatch.delenv("NO_COLOR")
    out = Terminal()
    write_table(ANSWER, out)
    assert "\x1b[1m" in out.getvalue()


@pytest.mark.parametrize(
    ("text", "short"),
    [
        (UID, "1.3.6.1.4.1.….4598.243108"),
        ("2.25.38954243379063328667360399254380917670", "2.25.3895424…254380917670"),
        ("1.2.840.10008.5.1.4.1.1.481", "1.2.840.10008.5.1.4.1.1.481"),
        ("a sentence about 1.2.3 that is longer than most", None),
    ],
)
def test_only_uids_are_shortened(text: str, short: str | None) -> None:
    assert shortened(text) == (short or text)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_two_examples_that_parse(command: str) -> None:
    assert len(EXAMPLES[command]) == 2
    for example in EXAMPLES[command]:
        for part in example.split(" && "):
            program, *words = shlex.split(part.split(" > ")[0])
            assert program == "rtstruct"
            assert parser_of([words[0]]).parse_args(words).command == words[0]


@pytest.fixture(scope="module")
def bash_completion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    script = tmp_path_factory.mktemp("completion") / "rtstruct"
    with script.open("w") as out:
        subprocess.run(
            [sys.executable, "-m", "rtstruct", "completion", "bash"], stdout=out, check=True
        )
    return script


def _completed_by_bash(completion: Path, folder: Path, *words: str) -> list[str]:
    """What bash offers for the last word."""
    script = f"""
        source {shlex.quote(str(completion))}
        COMP_WORDS=({shlex.join(words)})
        COMP_CWORD={len(words) - 1}
        _shtab_rtstruct
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, cwd=folder
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["con"], ["convert"]),
        (["convert", "--for"], ["--format"]),
        (["convert", "--format", "s"], ["seg"]),
        (["registry", "me"], ["merge"]),
        (["index", "pat"], ["patients"]),
        (["names", "--from", "na"], ["names.csv"]),
    ],
)
def test_bash_completes(
    bash_completion: Path, tmp_path: Path, words: list[str], offered: list[str]
) -> None:
    (tmp_path / "patients").mkdir()
    (tmp_path / "names.csv").touch()
    assert _completed_by_bash(bash_completion, tmp_path, "rtstruct", *words) == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_know_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert [command for command in COMMANDS if command not in script] == []


def test_many_problems_of_one_kind_are_one_line() -> None:
    problems = [
        {
            "file_path": f"/d/{k}",
            "archive_member": None,
            "outcome": "indexed",
            "code": "truncated_pixel_data" if k < 10 else "not_dicom",
            "reason": "it ends early",
            "hint": "Copy it again",
        }
        for k in range(12)
    ]
    lines = list(_lines(problems, Path("files.parquet")))
    assert len(lines) == 3
    assert lines[0].startswith("10 files with code truncated_pixel_data")
    assert "the rows where code = 'truncated_pixel_data' in files.parquet" in lines[0]
    assert lines[1] == "/d/10: it ends early. Copy it again"
