"""ROI names explained, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from pandas import DataFrame


def explain_names(names: Iterable[str], home: str | PathLike[str] | None = None) -> DataFrame:
    """Return what ROI names mean: a row a name, in order, with the columns of the vocabulary.

    Parameters
    ----------
    home
        The folder whose ``rules`` count too; by default that of ``RTSTRUCT_HOME``.

    Raises
    ------
    RtstructError
        The vocabulary does not compile, or the rules in ``home`` do not fit it.
    """
    from pandas import DataFrame

    from rtstruct.catalog.vocabulary import read_names
    from rtstruct.library.workspace import home_of

    where = Home.from_environment() if home is None else home_of(home)
    return DataFrame(
        [{"ROIName": each.ROIName, **each.facets} for each in read_names(list(names), where)]
    )
