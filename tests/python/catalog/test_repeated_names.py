"""Two names of one structure set that read the same: one of them says more than was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.dicom_all_rows import roi, structure_set, write_parquet
from rtstruct.catalog.build import build
from rtstruct.catalog.query import connect
from rtstruct.home import Home

if TYPE_CHECKING:
    from pathlib import Path

ONE_SET = ["Brain", "Brain2", "Lung_L", "LungL_old", "Heart", "PTV60", "PTV 60", "brainstem"]
ANOTHER = ["Heart2", "Brainstem", "BRAINSTEM", "Lung_R"]


def test_a_name_that_repeats_a_plainer_one_of_its_structure_set_is_reviewed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write_parquet(
        home.dicom_all,
        [
            structure_set(f"1.2.1.{number}.1", [roi(str(n), name) for n, name in enumerate(names)])
            for number, names in enumerate((ONE_SET, ANOTHER), start=1)
        ],
    )
    options = ("--select", "+roi_names_to_review", "--exclude", "resource_type:test")
    assert build(home, options=options).problems == ()
    with connect(home) as connection:
        readings = {
            name: values
            for name, *values in connection.execute(
                "select ROIName, structure, laterality, confidence from roi_name_vocabulary"
            ).fetchall()
        }
        repeated = connection.execute(
            "select ROIName, repeats_ROIName from roi_names_to_review "
            "where review_reason = 'repeated' order by ROIName"
        ).fetchall()
        of_rois = connection.execute(
            "select distinct ROIName from rtstruct_rois where ROIName in ('Brain2', 'LungL_old') "
            "and confidence = 'C' order by 1"
        ).fetchall()
    # Not what stands alone, differs in case and separators only, or is a target.
    assert repeated == [("Brain2", "Brain"), ("LungL_old", "Lung_L")]
    assert of_rois == [("Brain2",), ("LungL_old",)]
    # What it is read as stays, and its side.
    assert readings["LungL_old"] == ["Lung", "L", "C"]
    assert readings["Brain2"] == ["Brain", None, "C"]
    assert readings["Brain"][2] == readings["Lung_L"][2] == readings["Heart2"][2] == "A"
