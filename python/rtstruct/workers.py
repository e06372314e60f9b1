"""Worker processes that may die: each death costs one task only.

A pool of the standard library is broken for good by one dead worker. Here a worker holds one task
at a time, so that it is known which task a death belongs to.
"""

from __future__ import annotations

import itertools
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection as ipc
from typing import TYPE_CHECKING, Generic, TypeVar

from rtstruct.processes import Process

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

Task = TypeVar("Task")
Result = TypeVar("Result")

_POLL_S = 0.2


@dataclass(frozen=True)
class Finished(Generic[Task, Result]):
    """A task and what came of it: a result, or the death of its worker."""

    task: Task
    result: Result | None = None
    death: str | None = None
    """What killed the worker, as far as it is known."""


def run(
    function: Callable[[Task], Result],
    tasks: Iterator[Task],
    workers: int,
    logs: Path | None = None,
    stopping: threading.Event | None = None,
) -> Iterator[list[Finished[Task, Result]]]:
    """Call ``function`` with each task in at most so many processes of this machine.

    It yields what has finished since the last time, if nothing else an empty list, several times a
    second; each next task is out before it yields. What ``function`` raises kills its worker.

    Parameters
    ----------
    function
        Importable by a process that has nothing of this one.
    logs
        Where what workers say on standard error is kept, to explain a death; None: nowhere.
    stopping
        Ends the run early when it is set.
    """
    idle: list[_Worker[Task, Result]] = []
    busy: dict[object, _Worker[Task, Result]] = {}
    numbers = itertools.count()

    def hand_out() -> None:
        while idle or len(busy) < workers:
            following = list(itertools.islice(tasks, 1))
            if not following:
                return
            log = None if logs is None else logs / f"worker-{os.getpid()}-{next(numbers)}.log"
            worker = idle.pop() if idle else _Worker(function, log)
            busy[worker.connection] = worker
            worker.start(following[0])

    try:
        hand_out()
        while busy and not (stopping and stopping.is_set()):
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


class _Worker(Generic[Task, Result]):
    """One process and the driver's end of its pipe."""

    def __init__(self, function: Callable[[Task], Result], log: Path | None) -> None:
        self._log = log
        if log is not None:
            # A worker may die before it can open it.
            log.touch()
        self._process = Process(_serve, log or os.devnull, function)
        self.connection = self._process.connection

    def start(self, task: Task) -> None:
        self._task = task
        # A worker that died while idle is noticed when its result is asked for.
        with suppress(BrokenPipeError):
            self.connection.send(task)

    def result(self) -> Finished[Task, Result]:
        try:
            return Finished(self._task, self.connection.recv())
        except (EOFError, ConnectionResetError):
            return Finished(self._task, death=self._cause_of_death())

    def _cause_of_death(self) -> str:
        code = self._process.ended()
        if code is None:
            cause = "unknown cause"
        else:
            cause = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        if self._log is None:
            return cause
        last_words = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        said = next((line.strip() for line in reversed(last_words) if line.strip()), "")
        return f"{cause}: {said}" if said else cause

    def end(self) -> None:
        self._process.end()


def _serve(connection: ipc.Connection, log: Path | str, function: Callable[[Task], Result]) -> None:
    """Life of a worker process: take a task, say what came of it; until the driver is gone."""
    # Imaging libraries talk; their last words explain a death, the rest would spoil the progress.
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 2)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        with suppress(OSError):  # a device cannot be cut
            os.ftruncate(descriptor, 0)
        connection.send(function(task))
