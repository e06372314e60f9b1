"""What is to be fetched as commands of s5cmd, for those who fetch by other means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtstruct.disk import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rtstruct.fetch.place import Place
    from rtstruct.fetch.wanted import Series


def write_manifest(path: Path, wanted: Sequence[Series], place: Place) -> None:
    """Write one line per series: into a folder of its name, below where s5cmd is run."""
    lines = [
        f"cp s3://{place.bucket(each.bucket)}/{each.crdc_series_uuid}/* {each.crdc_series_uuid}/\n"
        for each in wanted
    ]
    write_whole(path, "".join(lines))
