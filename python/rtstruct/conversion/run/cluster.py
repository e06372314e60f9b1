"""The same tasks on an existing dask cluster; its workers must see the same files."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from rtstruct.conversion.run.local import (
    ENVIRONMENT,
    Finished,
    convert,
    output_failed,
    perform,
    problem_of,
)
from rtstruct.errors import UsageError, install

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from distributed import Client, Future

    from rtstruct.conversion.run.local import Converter, Job, Runner

_WINDOW_PER_THREAD = 3
_POLL_S = 0.2


@contextmanager
def dask(address: str, converter: Converter = convert) -> Iterator[Runner]:
    """Run jobs on the dask cluster at ``address``.

    Raises
    ------
    UsageError
        dask is not installed, or there is no cluster at the address.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--cluster needs dask", install("cluster")) from error
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise UsageError(f"there is no dask cluster at {address}") from error
    with client:
        yield partial(_run, client, converter)


def _run(
    client: Client,
    converter: Converter,
    jobs: Iterator[Job],
    folder: Path,
    stopping: threading.Event,
) -> Iterator[list[Finished]]:
    from distributed import wait

    running: dict[Future[None], Job] = {}
    while not stopping.is_set():
        window = _WINDOW_PER_THREAD * max(1, sum(client.nthreads().values()))
        while len(running) < window and (job := next(jobs, None)):
            # What a job writes matters, not what it returns: never taken from a cache.
            running[client.submit(perform, converter, folder, job, pure=False)] = job
        if not running:
            return
        try:
            done = wait(list(running), timeout=_POLL_S, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            done = set()
        yield [_finished(future, running.pop(future), folder) for future in done]


def _finished(future: Future[None], job: Job, folder: Path) -> Finished:
    error = future.exception()
    if error is None:
        return Finished(job)
    if isinstance(error, OSError) and error.errno in ENVIRONMENT:
        raise output_failed(problem_of(error, folder))
    # KilledWorker, or a bug.
    return Finished(job, death=f"{type(error).__name__}: {error}")
