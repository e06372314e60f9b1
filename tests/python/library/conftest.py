"""The code of docs/python.md, run once in a folder with the phantom cohort."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rtstruct import DoubtfulMaskWarning
from rtstruct.phantom.cohort import write_cohort

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rtstruct.phantom.cohort import PhantomROI

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "python.md"


@dataclass(frozen=True)
class Session:
    """What a reader of the guide has at its end."""

    folder: Path
    truth: tuple[PhantomROI, ...]
    names: dict[str, Any]
    printed: tuple[str, ...]
    """By block of code."""


@pytest.fixture(scope="session")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("guide")
    truth = write_cohort(folder / "rtstruct-demo" / "phantom_cohort")
    names: dict[str, Any] = {}
    printed = []
    blocks = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    with contextlib.chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("error")
        # A patient of the cohort lacks a slice, which is told.
        warnings.simplefilter("ignore", DoubtfulMaskWarning)
        for block in blocks:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(block, str(GUIDE), "exec"), names)  # noqa: S102 - our own guide
            printed.append(out.getvalue())
        yield Session(folder, truth, names, tuple(printed))
