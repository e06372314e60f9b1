"""Worker processes: how many, and that they leave Ctrl-C to the process that drives them."""

from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing import forkserver
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worker_context(preload: str) -> ForkServerContext:
    """Return the way to start workers that have the module ``preload`` loaded already.

    Loading begins at once, beside whatever the caller does next. A plain fork would copy the locks
    of the threads of DuckDB and of a progress bar.
    """
    # Linear algebra in threads would only be in the way of the other workers.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([preload])
    # What starts while Ctrl-C is ignored never sees it.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, before)
    return context
