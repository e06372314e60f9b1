"""The command ``rtstruct``: parse the command line, call one module, report errors in one line.

Each command is a module of this package with ``add_arguments(parser)`` and ``run(arguments)``. A
module is imported only when its command is asked for: start-up time is what small conversions
spend most on.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rtstruct.cli.examples import epilog
from rtstruct.cli.show.say import say
from rtstruct.duckdb_file import interruptible
from rtstruct.errors import RtstructError, UsageError
from rtstruct.version import __version__

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from types import ModuleType

# Command -> one line of help. The module has the command's name, with underscores.
COMMANDS: dict[str, str] = {
    "index": "scan folders of DICOM into dicom_all.parquet; reads only what is new or changed",
    "build": "make the catalog: dbt, on DuckDB or BigQuery",
    "names": "explain ROI names: organ, side, class, codes",
    "sql": "ask the catalog and the registry",
    "fetch-index": "download IDC's index of structure sets, for `build --source idc_index`",
    "fetch": "download what a SQL condition selects from IDC's public buckets, verified",
    "convert": "make masks of what a SQL condition selects; run again to resume",
    "plan": "split the same work into shards for a scheduler of your own",
    "registry": "merge the registries of shards; follow folders that moved or are gone",
    "status": "show what is done, what failed and why",
    "retry": "try again what failed",
    "compare": "measure how masks agree: observers, versions, engines",
    "verify": "make the same masks by Plastimatch and compare them ROI by ROI",
    "report": "write pages to look at: names, structures, findings, a picture of every mask",
    "export": "write a training or analysis set: nnU-Net, MONAI, pyradiomics",
    "view": "the same pages with a viewer and SQL, served on this machine only",
    "demo": "run the full pipeline on phantom patients and compare masks with the truth",
    "doctor": "show what is installed, what is reachable and what is wrong",
    "completion": "print a script that completes commands and options in your shell",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 (all done), 1 (some failed), 2 (wrong use) or 130 (stopped)."""
    _open_what_is_closed()
    code = _run(list(sys.argv[1:] if argv is None else argv) or ["--help"])
    if argv is None and _may_end_at_once(code):
        _drop_unwritable_output()
        os._exit(code)
    return code


def _may_end_at_once(code: int) -> bool:
    """Whether nothing is left to do at a regular end.

    There Python takes itself and DuckDB apart, which takes as long as a small command's own work,
    and waits for threads that may wait for the network.
    """
    if code and threading.active_count() > 1:
        return True
    # Some leave things to the end of the process.
    return sys.getprofile() is None and not sys.modules.keys() & {"coverage", "dbt", "distributed"}


def _open_what_is_closed() -> None:
    """Let standard streams that the caller has closed lead nowhere.

    Else the next file that is opened, a database for one, would be taken for the standard output.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # In this order each takes the lowest number that is free, which is its own.
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - it stays open


def _run(arguments: list[str]) -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names are data: whatever the locale, and whatever bytes they came with.
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    command = next((word for word in arguments if not word.startswith("-")), None)
    try:
        parsed = parser_of([command]).parse_args(arguments)
        _require_working_folder()
        with interruptible():
            code = int(_module(parsed.command).run(parsed))
        print(end="", flush=True)
        return code
    except UsageError as error:
        say(f"rtstruct: {error}")
        return 2
    except RtstructError as error:
        say(f"rtstruct: {error}")
        return 1
    except KeyboardInterrupt:
        say("rtstruct: stopped; run the same command again to go on")
        return 130
    except (BrokenPipeError, SystemExit) as error:
        # The reader of our output went away (`rtstruct sql ... | head`): not an error, though rich
        # makes it one.
        if not isinstance(error.__context__ or error, BrokenPipeError):
            raise
        _drop_unwritable_output()
        return 0
    except OSError as error:
        # A full disk, a folder that may not be written to: no command can go on from there.
        say(f"rtstruct: {_of_the_first(error)}. Check permissions and free space")
        _drop_unwritable_output()
        return 1


def _require_working_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError as error:
        raise UsageError(
            "the folder that this was started in is gone", "Change into one that is there"
        ) from error


def _of_the_first(error: OSError) -> str:
    """What went wrong first, where a copy of a folder lists all files that it could not write."""
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        _, target, reason = error.args[0][0]
        return f"{target}: {str(reason).partition(': ')[0]}"
    return str(error)


def _drop_unwritable_output() -> None:
    """What standard output does not take now must not be tried, and complained of, at exit."""
    if sys.stdout.closed:
        return
    try:
        print(end="", flush=True)
    except OSError:
        with suppress(OSError):
            sys.stdout.close()


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as everything else here does, not below all the usage."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"See `{self.prog} --help`")


def parser_of(commands_with_options: Collection[str | None]) -> argparse.ArgumentParser:
    """Return the parser of every command; only those named have their options, and their cost."""
    parser = _Parser(
        prog="rtstruct",
        description="DICOM radiotherapy structure sets: catalog them, ask in SQL, get masks.",
    )
    parser.add_argument("--version", action="version", version=f"rtstruct {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, help_line in COMMANDS.items():
        subparser = commands.add_parser(
            name,
            help=help_line,
            description=help_line,
            epilog=epilog(name),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name in commands_with_options:
            _module(name).add_arguments(subparser)
    return parser


def _module(command: str) -> ModuleType:
    return import_module(f"rtstruct.cli.{command.replace('-', '_')}")
