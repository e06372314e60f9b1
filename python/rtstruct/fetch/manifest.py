"""What is to be fetched as commands of s5cmd, for those who fetch by other means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.atomic_write import write_whole
from rtstruct.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rtstruct.fetch.endpoint import Endpoint
    from rtstruct.fetch.series import Series


def write_manifest(path: Path, wanted: Sequence[Series], place: Endpoint) -> None:
    """Write one line per series: into a folder of its name, below where s5cmd is run.

    Raises
    ------
    UsageError
        The place is a folder.
    """
    if not place.is_remote:
        raise UsageError("s5cmd fetches from no folder", "Give an address by --from")
    lines = [
        f"cp s3://{place.bucket(each.bucket)}/{each.crdc_series_uuid}/* {each.crdc_series_uuid}/\n"
        for each in wanted
        if each.has_address
    ]
    write_whole(path, "".join(lines))
