"""Series are whole or they are failures, by what the bucket and the catalog say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from rtstruct.errors import RtstructError, UsageError
from rtstruct.fetch.cache import Cache
from rtstruct.fetch.place import Place
from rtstruct.fetch.run import Fetched, Fetcher
from rtstruct.fetch.wanted import Series

if TYPE_CHECKING:
    from pathlib import Path

    from fetch.idc import SmallIDC


def fetched(idc: SmallIDC, root: Path, **facts: Any) -> Fetched:
    """What comes of the first structure set when the catalog says these facts of it."""
    row = next(row for row in idc.series if row["Modality"] == "RTSTRUCT")
    series = Series(row["crdc_series_uuid"], row["aws_bucket"], "structure set")
    with Fetcher(Cache(root), Place(idc.address)) as fetcher:
        return fetcher.start(replace(series, **facts)).result()


def test_what_the_catalog_says_counts_beside_what_the_bucket_says(
    idc: SmallIDC, tmp_path: Path
) -> None:
    failures = {
        facts: [failure.error_code for failure in fetched(idc, tmp_path, **dict([facts])).failures]
        for facts in (
            ("md5", "0" * 32),
            ("files", 2),
            ("bucket", "idc-open-data-cr"),
            ("crdc_series_uuid", "00000000-0000-0000-0000-000000000000"),
        )
    }
    assert list(failures.values()) == [
        ["checksum"],
        ["incomplete_series"],
        ["not_found"],
        ["not_found"],
    ]
    assert idc.whole(tmp_path) == set()
    whole = fetched(idc, tmp_path, files=1)
    assert (whole.failures, whole.files, whole.verified_by_md5) == ((), 1, 1)
    assert idc.whole(tmp_path) == {whole.series.crdc_series_uuid}


@pytest.mark.parametrize(
    ("name", "bucket"),
    [
        ("../x", "idc-open-data"),
        ("AAAAAAAA-0000-0000-0000-000000000000", "idc-open-data"),
        ("00000000-0000-0000-0000-000000000000\n", "idc-open-data"),
        ("00000000-0000-0000-0000-000000000000", "../idc-open-data"),
        ("00000000-0000-0000-0000-000000000000", "idc@host"),
    ],
)
def test_a_name_that_is_more_than_a_name_is_refused(name: str, bucket: str) -> None:
    with pytest.raises(RtstructError, match="no bucket and uuid"):
        Series(name, bucket, "image")


def test_buckets_have_their_own_names_at_google() -> None:
    google = Place.named("google")
    names = ("idc-open-data", "idc-open-data-two", "idc-open-data-cr")
    assert [google.bucket(name) for name in names] == [
        "idc-open-data",
        "idc-open-idc1",
        "idc-open-cr",
    ]
    assert [Place.named("aws").bucket(name) for name in names] == list(names)
    with pytest.raises(UsageError, match="no place"):
        Place.named("azure")
