"""How far a command is: a bar in a terminal or a notebook, elsewhere a line now and then.

Terminals and logs get it on standard error.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

_SECONDS_BETWEEN_LINES: Final = 10
_SECONDS_BETWEEN_LOOKS: Final = 0.1


class Advance(Protocol):
    """Told the number of items just done, and a few words on how it goes."""

    def __call__(self, count: int, note: str = "") -> None:
        """Go on by ``count``, and show the note."""


class Progress(Protocol):
    """Shows a step while it runs; ``total`` is None where it is not known."""

    def __call__(
        self, description: str, total: int | None, *, in_bytes: bool = False
    ) -> AbstractContextManager[Advance]:
        """Show how a step goes on while the context is open."""


@contextmanager
def silent(description: str, total: int | None, *, in_bytes: bool = False) -> Iterator[Advance]:
    """Show nothing."""
    yield lambda count, note="": None


@contextmanager
def progress(description: str, total: int | None, *, in_bytes: bool = False) -> Iterator[Advance]:
    """Show a step while it runs; call what is yielded with the number of items just done."""
    if total == 0:
        yield lambda count, note="": None
    elif _is_notebook():
        yield from _notebook_bar(description, total, in_bytes)
    elif sys.stderr.isatty():
        yield from _bar(description, total, in_bytes)
    else:
        yield from _lines(description, total, in_bytes)


def _bar(description: str, total: int | None, in_bytes: bool) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        *((DownloadColumn(), TransferSpeedColumn()) if in_bytes else (MofNCompleteColumn(),)),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(description, total=total, note="")
        yield lambda count, note="": bar.update(task, advance=count, note=note)


def _is_notebook() -> bool:
    """Whether this is a Jupyter kernel: a plain Python process has not even imported IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    return bool(shell) and hasattr(shell, "kernel")


def _notebook_bar(description: str, total: int | None, in_bytes: bool) -> Iterator[Advance]:
    from html import escape

    from IPython.display import display

    done, due = 0, 0.0

    def look(note: str = "") -> dict[str, str]:
        words = f"{_state(description, done, total, in_bytes)}  {note}".rstrip()
        share = "" if total is None else f' value="{done}" max="{total}"'
        bar = f'<progress{share} aria-label="{escape(description)}"></progress>'
        return {"text/plain": words, "text/html": f"{bar} {escape(words)}"}

    handle = display(look(), raw=True, display_id=True)

    def advance(count: int, note: str = "") -> None:
        nonlocal done, due
        done += count
        if time.monotonic() >= due:
            handle.update(look(note), raw=True)
            due = time.monotonic() + _SECONDS_BETWEEN_LOOKS

    try:
        yield advance
    finally:
        handle.update(look(), raw=True)


def _lines(description: str, total: int | None, in_bytes: bool) -> Iterator[Advance]:
    started = time.monotonic()
    done, due = 0, started + _SECONDS_BETWEEN_LINES

    def advance(count: int, note: str = "") -> None:
        nonlocal done, due
        done += count
        now = time.monotonic()
        if now >= due:
            left = _clock((now - started) * max(total - done, 0) / done) if total and done else ""
            words = f"{_state(description, done, total, in_bytes)}{left}  {note}".rstrip()
            print(words, file=sys.stderr, flush=True)
            due = now + _SECONDS_BETWEEN_LINES

    yield advance
    print(_state(description, done, total, in_bytes), file=sys.stderr, flush=True)


def _state(description: str, done: int, total: int | None, in_bytes: bool) -> str:
    def amount(count: int) -> str:
        return f"{count / 1e6:.1f} MB" if in_bytes else str(count)

    return f"{description}: {amount(done)}" + ("" if total is None else f" of {amount(total)}")


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f", {minutes // 60}:{minutes % 60:02}:{seconds:02} left"
