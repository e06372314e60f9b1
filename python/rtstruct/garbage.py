"""How often Python looks for garbage."""

from __future__ import annotations

import gc

_OF_PYTHON = gc.get_threshold()
# What a command imports is no garbage: to look for some in between takes a twentieth of a small
# command.
_SELDOM = 50_000


def collect_seldom() -> None:
    """For a program that ends soon; imported first, so that it knows what Python itself does."""
    gc.set_threshold(_SELDOM)


def collect_as_python() -> None:
    """For a worker, which may let go of much."""
    gc.set_threshold(*_OF_PYTHON)
