"""Whatever goes wrong around a command is told in one line, never by a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from rtstruct.cli import main
from rtstruct.home import Home
from support.workspace import Road, Sketch

if TYPE_CHECKING:
    from collections.abc import Callable


def rtstruct(
    *arguments: str, stdout: int = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "rtstruct", *arguments],
        env={**os.environ, **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )


def test_a_home_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = rtstruct("index", str(tmp_path), RTSTRUCT_HOME=str(tmp_path / "file"))
    assert answer.returncode == 1
    assert answer.stderr.startswith(b"rtstruct: ")
    assert answer.stderr.count(b"\n") == 1
    assert str(tmp_path / "file").encode() in answer.stderr


def test_output_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        answer = rtstruct("doctor", stdout=full.fileno(), RTSTRUCT_HOME=str(tmp_path))
    assert answer.returncode == 1
    assert answer.stderr.startswith(b"rtstruct: ")
    assert answer.stderr.count(b"\n") == 1


def test_a_command_that_is_stopped_while_it_starts_has_no_traceback() -> None:
    script = """
import sys
class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == "rtstruct.duckdb_file":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Stop())
from rtstruct.__main__ import main
raise SystemExit(main())
"""
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (answer.returncode, answer.stderr) == (130, b"rtstruct: stopped\n")


@pytest.mark.parametrize("words", ["status", "build", "names Lung", "sql 'select 1'"])
def test_a_working_folder_that_is_gone_is_named(tmp_path: Path, words: str) -> None:
    (tmp_path / "gone").mkdir()
    answer = subprocess.run(
        ["sh", "-c", f'rmdir "$PWD"; exec "$0" -m rtstruct {words}', sys.executable],
        cwd=tmp_path / "gone",
        env={**os.environ, "RTSTRUCT_HOME": str(tmp_path / "home")},
        capture_output=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert answer.stderr.splitlines() == [
        b"rtstruct: the folder that this was started in is gone. Change into one that is there"
    ]


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_standard_streams_that_are_closed_lead_nowhere(tmp_path: Path, closed: str) -> None:
    """No file takes their place, and nobody who writes to them falls."""
    answer = subprocess.run(
        ["sh", "-c", f'exec "$0" -m rtstruct names Lung --json {closed}', sys.executable],
        env={**os.environ, "RTSTRUCT_HOME": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert (b"Lung" in answer.stdout) == (">&-" not in closed.replace("2>&-", ""))


def test_an_answer_that_finds_no_room_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    road = Road(Home(tmp_path / "home")).catalog(Sketch("a", ["Lung"]))
    file = tmp_path / "answer.parquet"
    file.write_text("before")
    for path, code, words in (
        ("/dev/full", 1, b"No space left on device. Make room"),
        (tmp_path / "none" / "a.parquet", 2, b"there is no folder"),
        (tmp_path, 2, b"is a folder"),
    ):
        query = ("sql", "select 1 as one", "--parquet", str(path))
        answer = rtstruct(*query, RTSTRUCT_HOME=str(road.home.root))
        assert answer.returncode == code, answer.stderr
        assert words in answer.stderr
        assert answer.stderr.count(b"\n") == 1
    wrong = ("sql", "select none", "--parquet", str(file))
    assert rtstruct(*wrong, RTSTRUCT_HOME=str(road.home.root)).returncode == 2
    assert file.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answer.parquet", "home"]


@pytest.mark.parametrize("name", ["\udcff", "why?", "{{ env_var }}", "x#y", "{x}", "a}", "b\\[c]"])
def test_a_home_that_no_database_opens_is_wrong_use(tmp_path: Path, name: str) -> None:
    answer = rtstruct("index", str(tmp_path), RTSTRUCT_HOME=str(tmp_path / name))
    assert answer.returncode == 2
    assert answer.stderr.count(b"\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words",
    [
        ("convrt",),
        ("sql",),
        ("convert", "--where", "true", "--resample", "0"),
        ("view", "--port", "65536"),
    ],
)
def test_wrong_words_are_told_in_one_line_that_names_the_help(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("rtstruct: ")
    assert said.err.endswith("--help`\n")
    assert said.err.count("\n") == 1


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([])
    assert "convert" in capsys.readouterr().out


def test_databases_of_another_shape_are_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RTSTRUCT_HOME", str(tmp_path))
    for name in ("catalog.duckdb", "registry.duckdb"):
        with duckdb.connect(str(tmp_path / name)) as connection:
            connection.execute("create table masks (path varchar, era integer)")
    for command in (
        ["status"],
        ["retry"],
        ["sql", "select 1"],
        ["names", "--review", str(tmp_path / "review.csv")],
        ["convert", "--where", "true"],
        ["registry", "merge", str(tmp_path / "registry.duckdb")],
    ):
        assert main(command) in (1, 2), command
        said = capsys.readouterr().err
        assert said.startswith(f"rtstruct: {tmp_path}"), command
        assert said.count("\n") == 1, command
    assert main(["doctor", "--json"]) == 1
    findings = {each["subject"]: each for each in json.loads(capsys.readouterr().out)}
    assert findings["catalog"]["hint"] == "Run `rtstruct build` first"
    assert findings["registry"]["state"] == "problem"


def _pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("make", [Path.mkdir, _pipe])
@pytest.mark.parametrize("name", ["catalog.duckdb", "registry.duckdb"])
def test_databases_that_are_no_files_are_told_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], None],
    name: str,
) -> None:
    road = Road(Home(tmp_path / "home")).catalog(Sketch("a", ["Lung"]))
    road.convert()
    monkeypatch.setenv("RTSTRUCT_HOME", str(road.home.root))
    (road.home.root / name).unlink()
    make(road.home.root / name)
    for command in (
        ["convert", "--where", "true"],
        ["plan", "--where", "true", "--shards", "2"],
        ["export", "--where", "true", "--layout", "monai", "--out", str(tmp_path / "set")],
    ):
        assert main(command) in (1, 2), command
        said = capsys.readouterr().err
        assert said.startswith("rtstruct: "), command
        assert said.count("\n") == 1, command


def test_ctrl_c_while_workers_are_loading_is_for_the_driver_alone() -> None:
    program = """
import os, signal, time
from rtstruct.conversion.run import local
local.warm_up()
time.sleep(0.2)
try:
    os.killpg(0, signal.SIGINT)
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1)
"""
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, start_new_session=True, check=False
    )
    assert (answer.returncode, answer.stderr) == (0, b"")
