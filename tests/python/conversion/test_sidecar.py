"""`provenance.json`: what masks are and where they come from, for those who have them only."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import nibabel
import numpy as np

from rtstruct.home import Home
from support.command import Command
from support.phantoms import phantoms
from support.workspace import Road, Sketch

if TYPE_CHECKING:
    from pathlib import Path


def sidecar(home: Home) -> dict[str, Any]:
    (path,) = home.masks.rglob("provenance.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_it_says_of_every_mask_what_the_file_holds(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    (sketch,) = phantoms(tmp_path / "dicom", 1)
    Road(home).catalog(sketch)
    Command(home).run("convert", "--where", "true", "--workers", "1")
    (conversion,) = sidecar(home)["conversions"]
    assert conversion["structure_set"]["SOPInstanceUID"] == sketch.sop
    assert conversion["structure_set"]["md5"] == sketch.instance_hash
    assert conversion["structure_set"]["source_DOI"] == "10.1/sets"
    assert conversion["image"]["SeriesInstanceUID"] == sketch.image
    assert conversion["image"]["license_short_name"] == "CC BY-NC 3.0"
    assert conversion["effective_license"] == "CC BY-NC 3.0"
    assert conversion["parameters"]["boundary"] == "auto"
    (path,) = home.masks.rglob("provenance.json")
    assert {path.name for path in path.parent.iterdir()} == {
        "provenance.json", *(mask["file"] for mask in conversion["masks"]),
    }  # fmt: skip
    for mask in conversion["masks"]:
        file = path.parent / mask["file"]
        assert mask["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        image = nibabel.load(file)
        assert mask["voxel_count"] == np.count_nonzero(np.asanyarray(image.dataobj))
        assert tuple(mask["grid"]["size_ijk"]) == image.shape
        assert np.allclose(mask["grid"]["spacing_mm"], image.header.get_zooms())
        origin = np.array([-1, -1, 1]) * image.affine[:3, 3]
        assert np.allclose(mask["grid"]["origin_mm"], origin, atol=1e-4)


def test_it_keeps_up_with_what_is_done_to_the_folder(tmp_path: Path) -> None:
    road = Road(Home(tmp_path / "home")).catalog(Sketch("a", ["Lung", "Heart", "fail", "point"]))
    road.convert("ROIName = 'Lung'")
    (one,) = sidecar(road.home)["conversions"]
    assert [mask["ROIName"] for mask in one["masks"]] == ["Lung"]
    road.convert()
    (both,) = sidecar(road.home)["conversions"]
    assert [mask["ROIName"] for mask in both["masks"]] == ["Lung", "Heart"]
    (failure,) = both["without_mask"]
    assert (failure["ROIName"], failure["error_code"]) == ("fail", "open_contours")
    (point,) = both["points"]
    assert (point["x_mm"], point["y_mm"], point["z_mm"]) == (1, 2, 3)
    # Masks of other parameters take the place of one of them: two conversions share the folder.
    road.convert("ROIName = 'Heart'", redo="all", boundary="inclusive")
    shared = sidecar(road.home)["conversions"]
    assert [[mask["ROIName"] for mask in each["masks"]] for each in shared] == [["Lung"], ["Heart"]]
    assert [each["parameters"]["boundary"] for each in shared] == ["auto", "inclusive"]
    # With the last mask the file goes.
    road.catalog(Sketch("a", ["fail", "fail"]))
    road.convert(redo="all")
    road.convert(redo="all", boundary="inclusive")
    assert not list(road.out.rglob("provenance.json"))


def test_the_same_masks_give_the_same_bytes_whatever_the_way(tmp_path: Path) -> None:
    contents = []
    for name in ("at once", "in steps"):
        road = Road(Home(tmp_path / name)).catalog(Sketch("a", ["Lung", "Heart"]))
        if name == "in steps":
            road.convert("ROIName = 'Heart'")
        road.convert()
        road.convert(redo="all")
        (path,) = road.out.rglob("provenance.json")
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]
