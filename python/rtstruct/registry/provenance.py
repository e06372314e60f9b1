"""All that is known of the masks in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.registry.table import found_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from rtstruct.registry.table import Row


def conversions_with_masks(
    connection: duckdb.DuckDBPyConnection, folders: Iterable[str]
) -> list[Row]:
    """Conversions that have masks in any of the output folders, as the registry spells these.

    Returns
    -------
    list of dict
        Rows of ``conversions`` without ``registered``, each with its rows of ``masks``, ``points``
        and ``roi_failures``, in a fixed order.
    """

    def rows(table: str, column: str, values: Iterable[str], order: str) -> list[Row]:
        # When it was is not asked: to make it Python's takes longer than all else.
        wanted = "* exclude (registered)" if table == "conversions" else "*"
        return found_rows(
            connection.execute(
                f"select {wanted} from {table}"  # noqa: S608 - constants
                f" where {column} in (select unnest(?)) order by {order}",
                [list(values)],
            )
        )

    conversions = rows("conversions", "output_folder", folders, "output_folder, parameters")
    by_id = {row["conversion_id"]: row for row in conversions}
    for table, order in (
        ("masks", "ROINumber"),
        ("points", "ROINumber, x_mm, y_mm, z_mm"),
        ("roi_failures", "ROINumber, ROIName"),
    ):
        for row in conversions:
            row[table] = []
        for row in rows(table, "conversion_id", by_id, order):
            by_id[row["conversion_id"]][table].append(row)
    return [row for row in conversions if row["masks"]]
