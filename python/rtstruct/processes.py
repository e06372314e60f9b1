"""Processes to work in: each a fork of one that has loaded what the work needs.

That one, the template, has a single thread. A fork of a process with threads, as of DuckDB or of a
progress bar, would copy their locks in whatever state they are. So the template is either a fork of
this process from before it had any, which saves a start of Python, or a Python of its own.

A template and what it forks end with the process that drives them, however that ends, and leave
Ctrl-C to it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from contextlib import contextmanager, suppress
from importlib import import_module
from multiprocessing.connection import Connection, Pipe
from multiprocessing.reduction import recv_handle, send_handle
from multiprocessing.util import spawnv_passfds
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from rtstruct.garbage import collect_as_python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

ENVIRONMENT = {
    # Linear algebra in threads would only be in the way of the other workers.
    "OPENBLAS_NUM_THREADS": "1",
}
"""Of workers, where the user has not set it."""
# Of glibc: memory that is given back after each step, for the next one to ask for again, costs a
# tenth of what there is to do. A worker keeps so much of what it has had. By mallopt's number of
# the parameter, with the variable by which the user sets it.
_MALLOC = {
    "MALLOC_TRIM_THRESHOLD_": (-1, 1 << 26),
    "MALLOC_MMAP_THRESHOLD_": (-3, 1 << 25),
}
# Threads of libraries count too. On macOS even a fork of a single thread may be of no use.
_THREADS = Path("/proc/self/task")
_PROGRAM = "import sys; sys.path[:] = {}; from rtstruct.processes import serve; serve({}, {})"


class Process:
    """A process that calls ``function(connection, *arguments)``, and our end of the connection.

    The function is found by its name. What it raises ends the process with exit code 1, and is
    written to standard error. The script of the user who started us never runs in it.
    """

    def __init__(self, function: Callable[..., None], *arguments: object) -> None:
        self.connection, theirs = Pipe()
        self._template, self._pid = _forked(theirs)
        theirs.close()
        # One that died meanwhile is noticed when its answer is asked for.
        with suppress(BrokenPipeError):
            self.connection.send((sys.path, Path.cwd()))
            self.connection.send((function, arguments))

    def end(self) -> int | None:
        """Kill it, unless it has ended; returns its exit code, negative of a signal.

        None if nobody knows: the template has died too.
        """
        with suppress(ProcessLookupError):
            # Its number is its own until the template has been asked how it ended.
            os.kill(self._pid, signal.SIGKILL)
        return self.ended()

    def ended(self) -> int | None:
        """As :meth:`end`, of one that ends by itself: waits for it."""
        self.connection.close()
        with suppress(EOFError, OSError):
            return int(self._template.ask("wait", self._pid))
        return None


def load(module: str) -> None:
    """Have the template load what its forks need, beside whatever the caller does next."""
    _with_template(lambda template: template.tell("load", module))


def fork_early() -> None:
    """Make the template now, by a fork, where this process has a single thread.

    For a program that has hardly begun: what it has loaded need not be loaded again.
    """
    if not _TEMPLATES and _THREADS.is_dir() and len(list(_THREADS.iterdir())) == 1:
        _TEMPLATES.append(_Template(by_fork=True))


def tune_memory() -> None:
    """Let this process keep the memory that it has had."""
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for variable, setting in _MALLOC.items():
            if variable not in os.environ:
                mallopt(*setting)


class _Template:
    """The process that others are forked from, and our ends of its pipes."""

    def __init__(self, *, by_fork: bool) -> None:
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        self._guard = threading.Lock()
        self._control, theirs = Pipe()
        # Whoever reads it learns that we are gone.
        life, self._life = os.pipe()
        with _interrupts_held():
            if by_fork:
                self._pid = os.fork()
                if self._pid == 0:
                    self.close()
                    serve(theirs.fileno(), life)
            else:
                program = _PROGRAM.format(sys.path, theirs.fileno(), life)
                python = os.fsencode(sys.executable)
                command = (python, b"-c", os.fsencode(program))
                self._pid = spawnv_passfds(python, command, (theirs.fileno(), life))
        theirs.close()
        os.close(life)

    def tell(self, order: str, value: object) -> None:
        with self._guard:
            self._control.send((order, value))

    def ask(self, order: str, value: object, pipe: Connection | None = None) -> Any:
        with self._guard:
            self._control.send((order, value))
            if pipe is not None:
                send_handle(self._control, pipe.fileno(), self._pid)
            return self._control.recv()

    def close(self) -> None:
        self._control.close()
        os.close(self._life)


_TEMPLATES: list[_Template] = []


def _template() -> _Template:
    if not _TEMPLATES:
        _TEMPLATES.append(_Template(by_fork=False))
    return _TEMPLATES[0]


def _forget() -> None:
    while _TEMPLATES:
        _TEMPLATES.pop().close()


# It serves the process that has made it alone.
os.register_at_fork(after_in_child=_forget)


def _with_template(call: Callable[[_Template], T]) -> T:
    """Call with the template, or with another one if somebody has killed it."""
    try:
        return call(_template())
    except (EOFError, OSError):
        _forget()
        return call(_template())


def _forked(pipe: Connection) -> tuple[_Template, int]:
    """Fork a process that has one end of a pipe: from which template, and its number."""
    return _with_template(lambda template: (template, template.ask("fork", None, pipe)))


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """What starts meanwhile never sees Ctrl-C; for this process it waits so long."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def serve(control: int, life: int) -> NoReturn:
    """Be a template: load, fork, tell how forks have ended; until the driver is gone."""
    orders = Connection(control)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    tune_memory()
    collect_as_python()
    while True:
        try:
            order, value = orders.recv()
            if order == "load":
                # Whoever needs it will say so better.
                with suppress(ImportError):
                    import_module(value)
            elif order == "wait":
                orders.send(os.waitstatus_to_exitcode(os.waitpid(value, 0)[1]))
            else:
                pipe = recv_handle(orders)
                pid = os.fork()
                if pid == 0:
                    orders.close()
                    _work(Connection(pipe), life)
                os.close(pipe)
                orders.send(pid)
        except (EOFError, OSError):
            os._exit(0)


def _work(connection: Connection, life: int) -> NoReturn:
    """Do what the driver asks for, once."""
    try:
        threading.Thread(target=_end_with, args=(life,), daemon=True).start()
        sys.path[:], folder = connection.recv()
        os.chdir(folder)
        function, arguments = connection.recv()
        function(connection, *arguments)
    except BaseException:
        # Where the streams of Python lead by now is not known.
        os.write(2, traceback.format_exc().encode(errors="replace"))
        os._exit(1)
    os._exit(0)


def _end_with(life: int) -> NoReturn:
    os.read(life, 1)
    os._exit(1)
