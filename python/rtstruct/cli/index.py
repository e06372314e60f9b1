"""``rtstruct index PATH...``: what lies in these folders, into one Parquet file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rtstruct.cli.show.say import say, tell, tell_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

# So many problems of one kind are told one by one; more are a line with their number.
_ALIKE_SHOWN: Final = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="folder, DICOM file or archive (zip, tar, tar.gz, gz)",
    )
    parser.add_argument(
        "--forget",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="drop from the index what lay there, of a folder that was moved, say; no file is"
        " touched",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="the index (default: dicom_all.parquet in RTSTRUCT_HOME); a table of all files met,"
        " FILE_files.parquet, goes beside it",
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    if arguments.paths:
        from rtstruct.processes import fork_early

        # Before the database is loaded, which has threads.
        fork_early()
    from rtstruct.errors import UsageError
    from rtstruct.home import Home, check_name
    from rtstruct.index.run import index_paths
    from rtstruct.index.store import files_table
    from rtstruct.progress import progress

    if not (arguments.paths or arguments.forget):
        raise UsageError("Nothing to index", "Name a folder, a DICOM file or an archive")
    started = time.monotonic()
    index = (arguments.out or Home.from_environment().dicom_all).absolute()
    check_name(index)
    result = index_paths(arguments.paths, index, progress, arguments.forget)
    seconds = round(time.monotonic() - started, 2)
    if arguments.json:
        written = {"index": str(index), "files_table": str(files_table(index)), "seconds": seconds}
        tell_json(written | result.counts | {"problem_files": result.problems}, None)
    else:
        _print(result.counts, seconds)
        tell(f"Index: {index}")
    for line in _lines(result.problems, files_table(index)):
        say(f"rtstruct: {line}")
    if result.holds_nothing:
        say(
            "rtstruct: No DICOM was found: the index is empty. Check that the folder is the right"
            " one; archives other than zip, tar and gz have to be unpacked first"
        )
        return 1
    return 0 if result.is_clean else 1


def _print(counts: dict[str, int], seconds: float) -> None:
    tell(
        f"{counts['files']} files found, {counts['files_read']} read in {seconds} s:"
        f" {counts['not_dicom']} non-DICOM, {counts['duplicates']} duplicates,"
        f" {counts['conflicts']} conflicting,"
        f" {counts['problems']} with problems"
    )
    tell(f"{counts['instances']} instances in the index, {counts['removed']} removed")
    if counts["gone"]:
        tell(
            f"{counts['gone']} files indexed earlier are gone; what was found now takes their place"
        )


def _lines(problems: list[dict[str, Any]], files: Path) -> Iterator[str]:
    """What to say of problems: many of one kind are one line, with where all of them are."""
    kinds: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
    for problem in problems:
        kinds.setdefault((problem["outcome"], problem["code"]), []).append(problem)
    for (outcome, code), alike in kinds.items():
        if len(alike) <= _ALIKE_SHOWN:
            yield from (_sentence(problem) for problem in alike)
            continue
        column, value = ("code", code) if code else ("outcome", outcome)
        first = _sentence(alike[0]).rstrip(".")
        yield (
            f"{len(alike)} files with {column} {value}, the first of them {first}."
            f" All: the rows where {column} = '{value}' in {files}"
        )


def _sentence(problem: dict[str, Any]) -> str:
    path = problem["file_path"]
    if problem["archive_member"]:
        path = f"{path} ({problem['archive_member']})"
    hint = problem["hint"] or "Only one is in the index; ask the source which version is right"
    return f"{path}: {problem['reason']}. {hint}"
