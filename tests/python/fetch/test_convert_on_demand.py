"""``rtstruct convert`` of what is in buckets only."""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import TYPE_CHECKING

from fetch.conftest import Command
from fetch.faults import proxy
from fetch.idc import FOLDERS, build_models, uuid_of
from rtstruct.catalog.query import connect
from rtstruct.home import Home
from support.workspace import Sketch, write_catalog

if TYPE_CHECKING:
    from pathlib import Path

    from fetch.idc import SmallIDC

SARCOMA = "collection_id = 'sarcoma'"


def uid(idc: SmallIDC, modality: str) -> str:
    """SeriesInstanceUID of the series of the sarcoma."""
    (row,) = (
        row
        for row in idc.series
        if (row["collection_id"], row["Modality"]) == ("sarcoma", modality)
    )
    return str(row["SeriesInstanceUID"])


def test_masks_are_those_of_local_files(
    command: Command, idc: SmallIDC, shared_dicom: Path, tmp_path: Path
) -> None:
    folder = shared_dicom / FOLDERS["sarcoma"][0]
    local = Command(Home(tmp_path / "local"), "/a/place/that/is/gone")
    sketch = Sketch(
        "local",
        ["GTV_Mass", "GTV_Edema"],
        uid(idc, "MR"),
        file_path=str(folder / "RTSTRUCT" / "1-1.dcm"),
        image_paths=tuple(map(str, sorted((folder / "MR").iterdir()))),
    )
    write_catalog(local.home, [sketch])
    assert local.run("convert", "--where", "true")[0] == 0
    code, output, _ = command.run("convert", "--where", SARCOMA)
    assert (code, "2 masks" in output) == (0, True)
    assert idc.whole(command.home.cache) == idc.uuids("sarcoma")
    query = "select ROINumber, ROIName, sha256 from masks order by 1"
    assert command.registry(query) == local.registry(query)
    (path,) = command.home.masks.rglob("provenance.json")
    (conversion,) = json.loads(path.read_text(encoding="utf-8"))["conversions"]
    data = (folder / "RTSTRUCT" / "1-1.dcm").read_bytes()
    assert (
        conversion["structure_set"]["md5"] == hashlib.md5(data, usedforsecurity=False).hexdigest()
    )
    assert conversion["image"]["header_hash"] is None, "no header was read before the images came"


def test_one_name_fetches_and_converts_one_roi_and_another_run_nothing(
    command: Command, idc: SmallIDC, catalog: Path
) -> None:
    with proxy(idc.address, share=0) as server:
        first = command.run("convert", "--where", "ROIName = 'GTV_Mass'", place=server.address)
        assert command.registry("select ROINumber, ROIName from masks") == [(1, "GTV_Mass")]
        again = command.run("convert", "--where", "ROIName = 'GTV_Mass'", place=server.address)
        other = command.run("convert", "--where", SARCOMA, place=server.address)
    build_models(command.home, catalog.parent / "idc_index_data", "stg_registry__rois+")
    with connect(command.home) as connection:
        assert connection.execute(
            "select collection_id, state, roi_count from mask_coverage order by all"
        ).fetchall() == [
            ("monaco", "never_tried", 2),
            ("oncentra", "never_tried", 7),
            ("sarcoma", "mask", 2),
        ]
    assert [code for code, _, _ in (first, again, other)] == [0, 0, 0]
    assert "Nothing to do" in again[1]
    assert "1 mask," in other[1]
    assert set(server.asked.values()) == {1}
    assert (
        command.registry(
            "select crdc_series_uuid, image_crdc_series_uuid, image_license_short_name from masks"
        )
        == [(uuid_of(uid(idc, "RTSTRUCT")), uuid_of(uid(idc, "MR")), "CC BY 3.0")] * 2
    )


def test_images_that_do_not_come_are_failures_that_can_be_retried(
    command: Command, idc: SmallIDC
) -> None:
    image = uuid_of(uid(idc, "MR"))
    with proxy(idc.address, share=1, kinds=("forbidden",), only=f"{image}/") as server:
        code, _, _ = command.run("convert", "--where", "true", place=server.address)
    assert code == 1
    assert command.registry(
        "select ROIName, status, error_code from roi_failures order by all"
    ) == [("GTV_Edema", "failed", "not_fetched"), ("GTV_Mass", "failed", "not_fetched")]
    assert command.registry(
        "select distinct crdc_series_uuid, error_code from download_failures"
    ) == [(image, "forbidden")]
    assert command.registry("select count(*) from masks") == [(9,)]
    assert command.run("retry")[0] == 0
    assert command.registry("select count(*) from masks") == [(11,)]
    assert command.registry("from roi_failures union all by name from download_failures") == []


def test_a_structure_set_that_does_not_come_is_registered_and_tried_again(
    command: Command, idc: SmallIDC
) -> None:
    with proxy(
        idc.address, share=1, kinds=("not found",), only=uuid_of(uid(idc, "RTSTRUCT"))
    ) as server:
        code, _, _ = command.run("convert", "--where", SARCOMA, place=server.address)
    assert code == 1
    assert command.registry("select status, error_code from conversions") == [
        ("skipped", "not_fetched")
    ]
    assert idc.whole(command.home.cache) == set()
    assert command.run("convert", "--where", SARCOMA)[0] == 0
    assert command.registry("select status, error_code from conversions") == [("done", None)]


def test_a_structure_set_that_was_cut_in_the_cache_is_fetched_again(
    command: Command, idc: SmallIDC
) -> None:
    assert command.run("fetch", "--where", SARCOMA)[0] == 0
    (path,) = (command.home.cache / uuid_of(uid(idc, "RTSTRUCT"))).glob("*.dcm")
    path.write_bytes(path.read_bytes()[:1000])
    with proxy(idc.address, share=0) as server:
        code, output, _ = command.run("convert", "--where", SARCOMA, place=server.address)
    assert (code, "2 masks" in output, server.asked.total()) == (0, True, 2)
    assert idc.whole(command.home.cache) == idc.uuids("sarcoma")


def test_an_archive_in_place_of_a_structure_set_is_a_row(
    command: Command, idc: SmallIDC, tmp_path: Path
) -> None:
    for key, data in idc.objects.items():
        (tmp_path / "mirror" / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mirror" / key).write_bytes(data)
    (structure_set,) = (tmp_path / "mirror" / uuid_of(uid(idc, "RTSTRUCT"))).iterdir()
    data = structure_set.read_bytes()
    with zipfile.ZipFile(structure_set, "w") as archive:
        archive.writestr("one", data)
        archive.writestr("two", data)
    place = str(tmp_path / "mirror")
    assert command.run("convert", "--where", SARCOMA, place=place)[0] == 1
    assert command.registry("select status, error_code from conversions") == [
        ("skipped", "not_fetched")
    ]


def test_what_is_wrong_with_the_cache_is_not_said_of_the_output(command: Command) -> None:
    command.home.cache.write_text("a file where a folder should be")
    code, _, messages = command.run("convert", "--where", SARCOMA)
    assert (code, str(command.home.cache) in messages, "symbolic link" in messages) == (
        1,
        True,
        True,
    )


def test_a_shard_fetches_what_it_needs(command: Command, idc: SmallIDC, tmp_path: Path) -> None:
    into = tmp_path / "shards"
    code, output, _ = command.run("plan", "--where", "true", "--shards", "2", "--into", str(into))
    assert (code, idc.whole(command.home.cache)) == (0, set())
    for shard in output.split():
        assert command.run("convert", "--shard", shard)[0] in (0, 1)
    assert len(idc.whole(command.home.cache)) == 6
    assert command.run("registry", "merge", *map(str, into.glob("*.duckdb")))[0] == 0
    assert command.registry("select count(*) from masks") == [(11,)]
