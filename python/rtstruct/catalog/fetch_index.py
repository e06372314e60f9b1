"""Download IDC's index of structure sets; make sure that it is whole and of the right release."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from rtstruct.catalog.build import idc_index_folder
from rtstruct.errors import RtstructError, UsageError, install
from rtstruct.private import make_private

if TYPE_CHECKING:
    from pathlib import Path

    from rtstruct.home import Home

RELEASES = "https://github.com/ImagingDataCommons/idc-index-data/releases/download"
"""Where IDC publishes its indexes: ``<RELEASES>/<version>/rtstruct_index.parquet``."""

_COLUMNS = {
    "SeriesInstanceUID": "VARCHAR",
    "total_rois": "BIGINT",
    "ROINames": "VARCHAR[]",
    "ROIGenerationAlgorithms": "VARCHAR[]",
    "RTROIInterpretedTypes": "VARCHAR[]",
    "referenced_SeriesInstanceUID": "VARCHAR",
}
_TIMEOUT_SECONDS = 60


def fetch_rtstruct_index(home: Home, releases: str = RELEASES) -> int:
    """Download ``rtstruct_index.parquet`` of the installed idc-index-data into the home.

    A file that is there already is replaced only by one that passed every check.

    Returns
    -------
    int
        Number of structure sets in the index.

    Raises
    ------
    UsageError
        idc-index-data is not installed.
    RtstructError
        The download failed, or what came is not the index of this release.
    """
    try:
        release = version("idc-index-data")
    except PackageNotFoundError:
        raise UsageError("idc-index-data is not installed", install("idc")) from None
    url = f"{releases}/{release}/rtstruct_index.parquet"
    partial = home.rtstruct_index.with_suffix(".parquet.part")
    make_private(home.root)
    try:
        _download(url, partial)
        count = _verify(partial, url)
        partial.replace(home.rtstruct_index)
    finally:
        partial.unlink(missing_ok=True)
    return count


def _download(url: str, path: Path) -> None:
    try:
        with (
            urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response,  # noqa: S310 (a constant)
            path.open("wb") as file,
        ):
            shutil.copyfileobj(response, file)
            expected = response.headers.get("Content-Length")
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise RtstructError("download_failed", f"cannot download {url}: {reason}") from error
    if expected is not None and path.stat().st_size != int(expected):
        raise RtstructError("download_failed", f"{url} came incomplete")


def _verify(path: Path, url: str) -> int:
    """Number of rows of an index that is whole and speaks only of series that IDC's index knows."""
    import duckdb

    known = idc_index_folder() / "idc_index.parquet"
    try:
        index = duckdb.read_parquet(str(path))
        types = dict(zip(index.columns, map(str, index.types), strict=True))
        if any(types.get(name) != kind for name, kind in _COLUMNS.items()):
            raise RtstructError("bad_index", f"{url} has other columns than expected")
        rows = duckdb.execute(
            "select count(*), count(known.SeriesInstanceUID) from read_parquet(?) as i"
            " left join read_parquet(?) as known using (SeriesInstanceUID)",
            [str(path), str(known)],
        ).fetchall()
    except duckdb.Error as error:
        raise RtstructError("bad_index", f"{url} is not a Parquet file") from error
    count, known_count = rows[0]
    if count != known_count or count == 0:
        raise RtstructError(
            "bad_index",
            f"{count - known_count} of {count} structure sets of {url} are not in idc-index-data",
        )
    return int(count)
