"""Conversions in processes of this machine."""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rtstruct.conversion.publish.staging import write_record
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import TypeAlias

    from rtstruct.conversion.task import ConversionTask, Outcome

    Converter: TypeAlias = Callable[[ConversionTask, Path], tuple[Outcome, ...]]
    Runner: TypeAlias = Callable[
        [Iterator["Job"], Path, threading.Event], Iterator[list["Finished"]]
    ]

# Not the fault of a task: the next one would fail as well.
ENVIRONMENT = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EACCES, errno.EIO}
)


@dataclass(frozen=True)
class Job:
    """A task and the name under which it is staged."""

    task_id: str
    task: ConversionTask


@dataclass(frozen=True)
class Finished:
    """A job whose record lies in the staging folder, unless its worker died, twice."""

    job: Job
    death: str | None = None


def problem_of(error: OSError, folder: Path | str) -> str:
    """What is wrong with the output, and where: with ``folder`` if the error does not know."""
    return f"{error.strerror}: {error.filename or folder}"


def output_failed(problem: str) -> RtstructError:
    """The end of a run: whatever comes next would fail as well."""
    return RtstructError(
        "output_failed",
        problem,
    )


def warm_up() -> None:
    """Start to load what workers need while the driver still plans; costs the driver nothing."""
    from rtstruct.processes import load

    load("rtstruct.conversion.masks.worker")


def convert(task: ConversionTask, staging: Path) -> tuple[Outcome, ...]:
    """The real converter; loads what it needs in the worker only."""
    from rtstruct.conversion.masks.worker import convert_task

    return convert_task(task, staging)


def perform(converter: Converter, folder: Path, job: Job) -> None:
    """Convert one task into its staging folder and declare it finished."""
    staging = folder / job.task_id
    # From a worker that died over the same task.
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    write_record(folder, job.task_id, job.task, converter(job.task, staging))


def run_jobs(
    jobs: Iterable[Job], folder: Path, stopping: threading.Event, runner: Runner
) -> Iterator[list[Finished]]:
    """Work on ``jobs`` by means of ``runner``; yields what has finished since the last time.

    It yields, if nothing else an empty list, several times a second.

    A job whose worker dies is tried once more at the end, alone, so that a neighbour's hunger for
    memory is not held against it. Ends early when ``stopping`` is set.

    Raises
    ------
    RtstructError
        ``output_failed``: the output folder is full or cannot be written to.
    """
    suspects: list[Job] = []
    for batch in runner(iter(jobs), folder, stopping):
        suspects.extend(finished.job for finished in batch if finished.death)
        yield [finished for finished in batch if not finished.death]
    for job in suspects:
        yield from runner(iter([job]), folder, stopping)


def processes(count: int, converter: Converter = convert) -> Runner:
    """Run jobs in at most so many processes of this machine."""
    return partial(_run, count, converter)


def _run(
    count: int,
    converter: Converter,
    jobs: Iterator[Job],
    folder: Path,
    stopping: threading.Event,
) -> Iterator[list[Finished]]:
    from rtstruct import workers

    serve = partial(_performed, converter, folder)
    for batch in workers.run(serve, jobs, count, folder, stopping):
        for finished in batch:
            if finished.result:
                raise output_failed(finished.result)
        yield [Finished(finished.task, finished.death) for finished in batch]


def _performed(converter: Converter, folder: Path, job: Job) -> str:
    """Convert one task; returns what is wrong with the output folder, empty for nothing."""
    try:
        perform(converter, folder, job)
    except OSError as error:
        if error.errno not in ENVIRONMENT:
            raise
        return problem_of(error, folder)
    return ""
