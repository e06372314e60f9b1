"""dbt inside this process."""

from __future__ import annotations

import gc
import logging
import warnings
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_OF_NODES = ("NodeStart", "NodeFinished")


def invoke_dbt(
    arguments: Sequence[str],
    callbacks: Sequence[Callable[[Any], None]] = (),
    manifest: Any | None = None,
    *,
    is_brief: bool = False,
) -> Any:
    """Run dbt in this process; returns its ``dbtRunnerResult``, with the database closed.

    With a ``manifest`` it parses nothing; ``is_brief``: nobody wants its debug log.
    """
    events = _few_events() if is_brief else nullcontext()
    with without_collection(), _logging_as_far_as_it_goes(), events:
        return _invoked(arguments, callbacks, manifest)


def _invoked(
    arguments: Sequence[str], callbacks: Sequence[Callable[[Any], None]], manifest: Any | None
) -> Any:
    # dbt takes seconds to import: only a command that builds pays for it.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import reset_adapters
    from dbt.cli.main import dbtRunner

    # Google's client tells of every place without credentials that it looked in.
    logging.getLogger("google.auth").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # A seed with another header is told by the database, as a problem.
            warnings.filterwarnings("ignore", category=RuntimeWarning, module="agate")
            return dbtRunner(manifest, [*callbacks]).invoke([*arguments])
    finally:
        # Closes the catalog, so that this process can open it read-only.
        reset_adapters()
        DuckDBConnectionManager.close_all_connections()
        _close_logs()


def _close_logs() -> None:
    """Close the log files that dbt leaves open at the end of a run."""
    from dbt_common.events.event_manager_client import get_event_manager

    for logger in get_event_manager().loggers:
        for handler in getattr(logger._python_logger, "handlers", ()):
            if isinstance(handler, logging.FileHandler):
                handler.close()


@contextmanager
def _logging_as_far_as_it_goes() -> Iterator[None]:
    """A full disk is told once, by whoever needs it, not by a traceback for each line of a log."""
    before = logging.raiseExceptions
    logging.raiseExceptions = False
    try:
        yield
    finally:
        logging.raiseExceptions = before


@contextmanager
def _few_events() -> Iterator[None]:
    """Of dbt's events only those for a log of level info, and of nodes.

    It makes some thirty for each node.
    """
    from dbt_common.events import event_manager_client as client
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager import EventManager

    class Few(EventManager):
        def fire_event(self, e: Any, level: Any = None, *args: Any, **kwargs: Any) -> None:
            is_debug = (level or e.level_tag()) == EventLevel.DEBUG
            if not is_debug or type(e).__name__ in _OF_NODES:
                super().fire_event(e, level, *args, **kwargs)

    before = client.get_event_manager()
    client.ctx_set_event_manager(Few())
    try:
        yield
    finally:
        client.ctx_set_event_manager(before)


@contextmanager
def without_collection() -> Iterator[None]:
    """Nothing of what dbt makes is garbage before it ends: to look for some costs a sixth."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
