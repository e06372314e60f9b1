"""Files of image series, as the catalog has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtstruct.catalog.reading import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path
    from typing import TypeAlias

    import duckdb

# Image series whose files take as long to find as the catalog to open.
_FEW = 128


@dataclass(frozen=True)
class ImageInstance:
    """One file of an image series."""

    SeriesInstanceUID: str
    SOPInstanceUID: str
    file_path: str | None
    archive_member: str | None
    stack_number: int | None = None


if TYPE_CHECKING:
    Images: TypeAlias = Callable[[Sequence[str]], dict[str, list[ImageInstance]]]


def image_instances(catalog: Path, series: Iterable[str]) -> dict[str, list[ImageInstance]]:
    """Files of image series, by SeriesInstanceUID, along the slice normal where it is known."""
    with reading(catalog) as connection:
        return _instances(connection, series)


def files_of(
    catalog: Path, at_hand: dict[str, list[ImageInstance]], series: Sequence[str]
) -> dict[str, list[ImageInstance]]:
    """As :func:`image_instances`, but for those that are ``at_hand`` already."""
    if at_hand.keys() >= set(series):
        return {name: at_hand[name] for name in series}
    return image_instances(catalog, series)


def files_of_few(
    connection: duckdb.DuckDBPyConnection, series: Collection[str]
) -> dict[str, list[ImageInstance]]:
    """Files of all the image series, empty for one without; of none at all if these are many."""
    if len(series) > _FEW:
        return {}
    return {name: [] for name in series} | _instances(connection, series)


def _instances(
    connection: duckdb.DuckDBPyConnection, series: Iterable[str]
) -> dict[str, list[ImageInstance]]:
    found = connection.execute(
        "select SeriesInstanceUID, SOPInstanceUID, file_path, archive_member, stack_number"
        " from rtstruct.image_instances where list_contains(?, SeriesInstanceUID)"
        " order by SeriesInstanceUID, position_mm nulls last, SOPInstanceUID",
        [list(series)],
    ).fetchall()
    grouped: dict[str, list[ImageInstance]] = {}
    for row in found:
        grouped.setdefault(row[0], []).append(ImageInstance(*row))
    return grouped
