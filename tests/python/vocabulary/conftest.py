"""One home for all tests here: the vocabulary compiles once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rtstruct.catalog.vocabulary import read_names
from rtstruct.home import Home

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rtstruct.catalog.vocabulary import Reading

Read = "Callable[[Sequence[str]], list[Reading]]"


@pytest.fixture(scope="session")
def vocabulary_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("vocabulary"))
    read_names(["Lung_L"], home)
    return home


@pytest.fixture(scope="session")
def read(vocabulary_home: Home) -> Callable[[Sequence[str]], list[Reading]]:
    return lambda names: read_names(names, vocabulary_home)
