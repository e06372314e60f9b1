"""Which series a selection needs that are not at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rtstruct.convert.licence import UNSTATED
from rtstruct.errors import RtstructError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rtstruct.catalog.worklist import WorklistRow

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)


@dataclass(frozen=True)
class Series:
    """A series in a bucket: names of both are fit for paths and addresses."""

    crdc_series_uuid: str
    bucket: str
    """As Amazon calls it."""
    kind: Literal["structure set", "image"]
    collection_id: str | None = None
    license_short_name: str | None = None
    files: int | None = None
    """As the catalog counts them; None where it does not."""
    bytes: int = 0
    """About."""

    def __post_init__(self) -> None:
        """Refuse names that would be more than names.

        Raises
        ------
        RtstructError
            ``bad_address``.
        """
        if not is_uuid(self.crdc_series_uuid) or not _BUCKET.fullmatch(self.bucket):
            raise RtstructError(
                "bad_address",
                f"{self.bucket!r}, {self.crdc_series_uuid!r} are no bucket and uuid of a series",
                "The catalog is damaged: run `rtstruct build` again",
            )


def is_uuid(text: str) -> bool:
    """Whether a text is a uuid as IDC writes it, and nothing else."""
    return _UUID.fullmatch(text) is not None


def structure_sets(rows: Iterable[WorklistRow]) -> list[Series]:
    """Series of structure sets without a local file that can be converted, each once."""
    return _distinct(
        Series(
            row.crdc_series_uuid,
            row.aws_bucket,
            "structure set",
            row.collection_id,
            row.license_short_name or UNSTATED,
            bytes=_bytes(row.series_size_MB),
        )
        for row in rows
        if row.is_convertible and row.file_path is None and row.crdc_series_uuid and row.aws_bucket
    )


def images(rows: Iterable[WorklistRow]) -> list[Series]:
    """Image series in buckets that rows lie on, each once."""
    return _distinct(
        Series(
            row.image_crdc_series_uuid,
            row.image_aws_bucket,
            "image",
            row.collection_id,
            row.image_license_short_name or UNSTATED,
            files=row.image_instance_count,
            bytes=_bytes(row.image_series_size_MB),
        )
        for row in rows
        if row.is_convertible and row.image_crdc_series_uuid and row.image_aws_bucket
    )


def _distinct(series: Iterable[Series]) -> list[Series]:
    return list({each.crdc_series_uuid: each for each in series}.values())


def _bytes(megabytes: float | None) -> int:
    return round((megabytes or 0) * 1_000_000)
