"""Read files on all cores; a file that kills its reader costs that file, not the run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from rtstruct.index.file_outcomes import Batch, FoundFile, crashed
from rtstruct.processes import cores, worker_context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.process import BaseProcess

_LARGEST_BATCH: Final = 64
_BATCHES_IN_FLIGHT: Final = 3
"""Per worker: enough that none waits, few enough that memory stays flat."""


def read_all(files: Iterator[FoundFile], count: int) -> Iterator[tuple[int, Batch]]:
    """Read ``count`` files in worker processes; yields batches, each with its number of files.

    When a worker dies, the files that were under way are read again, each alone: the one that
    kills its reader again is reported as such.
    """
    workers = min(cores(), count)
    if workers == 0:
        return
    size = max(1, min(_LARGEST_BATCH, count // (workers * 8)))
    batches = iter(lambda: tuple(islice(files, size)), ())
    suspects: deque[tuple[FoundFile, ...]] = deque()
    while True:
        yield from _read_until_death(batches, suspects, workers)
        if not suspects:
            return
        yield from _read_one_by_one(deque(chain.from_iterable(suspects)))
        suspects.clear()


def _read_until_death(
    batches: Iterator[tuple[FoundFile, ...]],
    suspects: deque[tuple[FoundFile, ...]],
    workers: int,
) -> Iterator[tuple[int, Batch]]:
    """Read batches until none is left, or a worker dies: then ``suspects`` were under way."""
    pending: dict[Future[Batch], tuple[FoundFile, ...]] = {}
    with _pool(workers) as pool:
        try:
            while True:
                for batch in islice(batches, workers * _BATCHES_IN_FLIGHT - len(pending)):
                    suspects.append(batch)  # until it is certain that the pool has taken it
                    with _interrupts_later():
                        pending[pool.submit(_read, batch)] = suspects.pop()
                if not pending:
                    return
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    yield len(pending[future]), future.result()
                    del pending[future]
        except BrokenProcessPool:
            suspects.extend(pending.values())
        except KeyboardInterrupt:
            # A worker that is just starting needs what the pool takes down with it.
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _read_one_by_one(files: deque[FoundFile]) -> Iterator[tuple[int, Batch]]:
    while files:
        with _pool(1) as pool:
            try:
                while files:
                    yield 1, pool.submit(_read, (files[0],)).result()
                    files.popleft()
            except BrokenProcessPool:
                yield 1, crashed(files.popleft())


def _read(files: tuple[FoundFile, ...]) -> Batch:
    # Imported by the workers alone: pydicom takes longer to import than a run without changes.
    from rtstruct.index.files import read_batch

    return read_batch(files)


def _pool(workers: int) -> ProcessPoolExecutor:
    context = worker_context("rtstruct.index.files")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Ctrl-C waits: the pool would not know of a worker that it was just starting."""
    told: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: told.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if told:
        raise KeyboardInterrupt


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
