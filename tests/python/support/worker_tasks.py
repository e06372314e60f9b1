"""What workers do in tests of workers: importable by name."""

from __future__ import annotations

import os
import signal
import time


def parents(_: object) -> tuple[int, int]:
    """Say who works, and from whom it was forked."""
    return os.getpid(), os.getppid()


def sleep(seconds: float) -> None:
    """Work as long as that."""
    time.sleep(seconds)


def kill_template_and_self(_: object) -> None:
    """Leave nobody who could tell what happened."""
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
