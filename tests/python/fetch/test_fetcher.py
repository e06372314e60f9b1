"""Series are whole or they are failures, by what the bucket and the catalog say."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from obstore.exceptions import GenericError

from rtstruct.errors import UsageError
from rtstruct.fetch.cache import Cache
from rtstruct.fetch.endpoint import Endpoint
from rtstruct.fetch.fetcher import Fetched, Fetcher
from rtstruct.fetch.series import Series
from rtstruct.fetch.transfer import TransferError, explained

if TYPE_CHECKING:
    from pathlib import Path

    from fetch.idc import SmallIDC


def fetched(idc: SmallIDC, root: Path, **facts: Any) -> Fetched:
    """What comes of the first structure set when the catalog says these facts of it."""
    row = next(row for row in idc.series if row["Modality"] == "RTSTRUCT")
    series = Series(row["crdc_series_uuid"], row["aws_bucket"], "structure set")
    with Fetcher(Cache(root), lambda: Endpoint(idc.address), threading.Event()) as fetcher:
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
def test_a_name_that_is_more_than_a_name_is_refused(
    idc: SmallIDC, tmp_path: Path, name: str, bucket: str
) -> None:
    (tmp_path / "x").mkdir()
    came = fetched(idc, tmp_path / "cache", crdc_series_uuid=name, bucket=bucket)
    assert [failure.error_code for failure in came.failures] == ["bad_address"]
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert not Cache(tmp_path / "cache").is_whole(name)


def test_a_terminal_does_not_obey_what_a_server_says() -> None:
    with pytest.raises(TransferError) as caught, explained("key"):
        raise GenericError("Generic S3 error: \x1b]0;owned\x07 \x1b[2J")
    assert caught.value.code == "network_error"
    assert str(caught.value).isprintable()


def test_buckets_have_their_own_names_at_google() -> None:
    google = Endpoint.named("google")
    names = ("idc-open-data", "idc-open-data-two", "idc-open-data-cr")
    assert [google.bucket(name) for name in names] == [
        "idc-open-data",
        "idc-open-idc1",
        "idc-open-cr",
    ]
    assert [Endpoint.named("aws").bucket(name) for name in names] == list(names)
    with pytest.raises(UsageError, match="no place"):
        Endpoint.named("azure")
