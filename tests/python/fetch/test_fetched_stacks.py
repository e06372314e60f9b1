"""Fetched images belong to the stacks that the catalog says they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pydicom

from rtstruct.catalog.image_instances import ImageInstance
from rtstruct.fetch.cache import Cache
from rtstruct.fetch.prefetch import _Images
from rtstruct.phantom.cohort import write_cohort

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_files_are_known_by_what_is_in_them_not_by_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cohort(tmp_path)
    files = sorted((tmp_path / "CT-ENGLISH" / "image").iterdir())
    sops = [str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID) for path in files]
    # The catalog of IDC knows every instance, but no file.
    known = [ImageInstance("s", sop, None, None, 1 + k % 2) for k, sop in enumerate(sops)]
    monkeypatch.setattr(Cache, "is_whole", lambda self, uuid: True)
    monkeypatch.setattr(Cache, "files", lambda self, uuid: files)
    remote: Any = {"s": type("Series", (), {"crdc_series_uuid": "u"})}
    nothing: Any = None

    def images(known: list[ImageInstance]) -> list[ImageInstance]:
        cache = Cache(tmp_path / "cache")
        return list(_Images({}, remote, {"s": known}, nothing, cache, nothing)["s"])

    assert [(each.SOPInstanceUID, each.stack_number) for each in images(known)] == [
        (sop, 1 + k % 2) for k, sop in enumerate(sops)
    ]
    assert {each.stack_number for each in images([])} == {None}
