"""Which series a selection needs that are not at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rtstruct.licenses import UNSTATED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rtstruct.catalog.worklist import WorklistRow

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)


@dataclass(frozen=True)
class Series:
    """A series in a bucket."""

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
    md5: str | None = None
    """Of a series of one file, where the catalog knows it; any other text is no MD5."""

    @property
    def has_address(self) -> bool:
        """Whether its names are no more than names: fit for paths, addresses and commands."""
        return is_uuid(self.crdc_series_uuid) and _BUCKET.fullmatch(self.bucket) is not None


def is_uuid(text: str) -> bool:
    """Whether a text is a uuid as IDC writes it, and nothing else."""
    return _UUID.fullmatch(text) is not None


def structure_set(row: WorklistRow) -> Series | None:
    """The series of a structure set that can be converted and has no local file."""
    if not row.is_convertible or not row.crdc_series_uuid or not row.aws_bucket:
        return None
    # A shard names a file that may be on the machine where it was made only.
    if row.file_path and Path(row.file_path).exists():
        return None
    return Series(
        row.crdc_series_uuid,
        row.aws_bucket,
        "structure set",
        row.collection_id,
        row.license_short_name or UNSTATED,
        bytes=_bytes(row.series_size_MB),
        md5=row.instance_hash,
    )


def image(row: WorklistRow) -> Series | None:
    """The image series that a structure set lies on; None if it is in no bucket."""
    if not row.is_convertible or not row.image_crdc_series_uuid or not row.image_aws_bucket:
        return None
    return Series(
        row.image_crdc_series_uuid,
        row.image_aws_bucket,
        "image",
        row.collection_id,
        row.image_license_short_name or UNSTATED,
        files=row.image_instance_count,
        bytes=_bytes(row.image_series_size_MB),
    )


def distinct(series: Iterable[Series | None]) -> list[Series]:
    """Each series once, in the order in which they come."""
    return list({each.crdc_series_uuid: each for each in series if each}.values())


def _bytes(megabytes: float | None) -> int:
    return round((megabytes or 0) * 1_000_000)
