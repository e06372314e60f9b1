"""Which segments of DICOM Segmentations a SQL condition selects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rtstruct.catalog.conditions import as_expression, explained
from rtstruct.catalog.identifiers import belonging_to
from rtstruct.catalog.reading import reading

if TYPE_CHECKING:
    from collections.abc import Collection

    from rtstruct.home import Home


def select_segments(
    home: Home, where: str, *, identifiers: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """Rows of the mart ``segments`` that fulfil a SQL condition, those of a file together.

    ``where`` is parsed as one expression on a read-only connection that reaches no file but catalog
    and registry. ``identifiers`` leaves what belongs to one of these patients, studies, series or
    instances. Columns that begin with ``image_`` are of the image series.

    Raises
    ------
    UsageError
        No catalog, or a condition that is not one.
    """
    with reading(home.catalog, home.registry) as connection:
        segments = connection.sql(
            """
            select
                segments.*,
                images.Modality as image_Modality,
                images.license_short_name as image_license_short_name,
                images.source_DOI as image_source_DOI,
            from rtstruct.segments as segments
            left join rtstruct.image_series as images
                on segments.referenced_SeriesInstanceUID = images.SeriesInstanceUID
            """
        )
        if identifiers is not None:
            segments = belonging_to(identifiers, segments, connection)
        with explained(
            "--where",
            where,
            of="segments",
            example="SegmentLabel = 'Liver'",
            columns=segments.columns,
        ):
            chosen = segments.filter(as_expression(where, connection)).order(
                "referenced_SeriesInstanceUID, SOPInstanceUID, SegmentNumber"
            )
            return [dict(zip(chosen.columns, row, strict=True)) for row in chosen.fetchall()]
