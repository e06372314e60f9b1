"""Worker processes, which leave Ctrl-C to the process that drives them."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.popen_forkserver import Popen
    from multiprocessing.process import BaseProcess


class _Process(ForkServerProcess):
    """A process that never runs the script of the user who started it.

    By default a new process runs the main module again to find what it may be asked for there. Our
    tasks are functions of this package; a script that uses it need not guard itself by
    ``if __name__ == "__main__"``.
    """

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Popen:
        with _no_main_module():
            return ForkServerProcess._Popen(process_obj)


class _Context(ForkServerContext):
    Process = _Process


ENVIRONMENT = {
    # Linear algebra in threads would only be in the way of the other workers.
    "OPENBLAS_NUM_THREADS": "1",
    # Of glibc: memory that is given back after each step, for the next one to ask for again, costs
    # a tenth of what there is to do. A worker keeps so much of what it has had.
    "MALLOC_TRIM_THRESHOLD_": str(1 << 26),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
}
"""Of workers, where the user has not set it."""
CONTEXT = _Context()
"""The way to start workers: a clean process, and none of the user's script in it."""


@contextmanager
def _no_main_module() -> Iterator[None]:
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """What starts while Ctrl-C is ignored never sees it; a thread has no say in signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def worker_context(preload: str) -> ForkServerContext:
    """Return the way to start workers that have the module ``preload`` loaded already.

    Loading begins at once, beside whatever the caller does next. A plain fork would copy the locks
    of the threads of DuckDB and of a progress bar.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    CONTEXT.set_forkserver_preload([preload])
    with _interrupts_ignored(), _no_main_module():
        forkserver.ensure_running()
    return CONTEXT
