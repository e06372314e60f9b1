"""Worker processes that may die: each death costs one task only.

A pool of the standard library is broken for good by one dead worker. Here a worker holds one task
at a time, so that it is known which task a death belongs to.
"""

from __future__ import annotations

import errno
import itertools
import multiprocessing
import os
import shutil
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection as ipc
from typing import TYPE_CHECKING

from rtstruct.conversion.publish.staging import write_record
from rtstruct.errors import RtstructError
from rtstruct.processes import CONTEXT, worker_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.context import ForkServerProcess
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
_POLL_S = 0.2


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
    worker_context("rtstruct.conversion.masks.worker")


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


def processes(workers: int, converter: Converter = convert) -> Runner:
    """Run jobs in at most so many processes of this machine."""
    return partial(_run, workers, converter)


def _run(
    workers: int,
    converter: Converter,
    jobs: Iterator[Job],
    folder: Path,
    stopping: threading.Event,
) -> Iterator[list[Finished]]:
    idle: list[_Worker] = []
    busy: dict[object, _Worker] = {}
    numbers = itertools.count()

    def hand_out() -> None:
        while (idle or len(busy) < workers) and (job := next(jobs, None)):
            worker = idle.pop() if idle else _Worker(folder, next(numbers), converter)
            busy[worker.connection] = worker
            worker.start(job)

    try:
        hand_out()
        while busy and not stopping.is_set():
            finished = []
            for connection in ipc.wait([w.connection for w in busy.values()], timeout=_POLL_S):
                worker = busy.pop(connection)
                finished.append(worker.result())
                if finished[-1].death is None:
                    idle.append(worker)
            # The next tasks go out before the driver turns to what has come back.
            hand_out()
            yield finished
    finally:
        for worker in (*idle, *busy.values()):
            worker.end()


class _Worker:
    """One process and the driver's end of its pipe."""

    def __init__(self, folder: Path, number: int, converter: Converter) -> None:
        self._log = folder / f"worker-{os.getpid()}-{number}.log"
        # A worker may die before it can open it.
        self._log.touch()
        self.connection, theirs = CONTEXT.Pipe()
        self._process: ForkServerProcess = CONTEXT.Process(
            target=_serve, args=(theirs, folder, self._log, converter), daemon=True
        )
        self._process.start()
        theirs.close()

    def start(self, job: Job) -> None:
        self._job = job
        # A worker that died while idle is noticed when its result is asked for.
        with suppress(BrokenPipeError):
            self.connection.send(job)

    def result(self) -> Finished:
        try:
            problem = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            self.connection.close()
            return Finished(self._job, death=self._cause_of_death())
        if problem:
            raise output_failed(problem)
        return Finished(self._job)

    def _cause_of_death(self) -> str:
        code = self._process.exitcode or 0
        cause = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        last_words = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        said = next((line.strip() for line in reversed(last_words) if line.strip()), "")
        return f"{cause}: {said}" if said else cause

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()


def _serve(connection: ipc.Connection, folder: Path, log: Path, converter: Converter) -> None:
    """Life of a worker process: take a task, convert it, say so; until the driver is gone."""
    # Ctrl-C reaches the whole process group; the driver decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_driver, daemon=True).start()
    # Imaging libraries talk; their last words explain a death, the rest would spoil the progress.
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 2)
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        os.ftruncate(descriptor, 0)
        try:
            perform(converter, folder, job)
        except OSError as error:
            if error.errno not in ENVIRONMENT:
                raise
            connection.send(problem_of(error, folder))
        else:
            connection.send("")


def _die_with_driver() -> None:
    driver = multiprocessing.parent_process()
    if driver is not None:
        driver.join()
        os._exit(1)
