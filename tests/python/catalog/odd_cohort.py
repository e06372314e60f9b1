"""The cohort that the catalog's tests are run on: ordinary sets first, then one oddity each."""

from __future__ import annotations

from catalog.dicom_all_rows import (
    MR,
    PT,
    Row,
    contours,
    frame,
    images,
    observation,
    roi,
    structure_set,
)


def rows() -> list[Row]:
    ct = "1.2.1.1"
    ct_images = [f"{ct}.{k}" for k in (1, 2, 3)]
    on_ct = [frame("1.9.1", {ct: ct_images})]
    return [
        # P1: a CT and an ordinary structure set, found by its images
        *images(ct, license_short_name="CC BY-NC 3.0", Manufacturer="SIEMENS"),
        structure_set(
            "1.2.1.2.1",
            [roi("1", "Heart"), roi("2", "Lung_L"), roi("3", "Lung_R"), roi("4", "PTV")],
            observations=[
                observation("1", "ORGAN", ("80891009", "SCT", "Heart")),
                observation("2", "ORGAN"),
                observation("2", "AVOIDANCE"),
                observation("3", None),
                observation("4", "ORGAN"),
            ],
            frames=on_ct,
            roi_contours=[contours(n) for n in ("1", "2", "3", "4")],
            StructureSetLabel="Plan",
            StructureSetDate="2011-03-01",
            ApprovalStatus="APPROVED",
            Manufacturer="ADAC",
            ManufacturerModelName="Pinnacle3",
            license_short_name="CC BY 3.0",
        ),
        # two instances in one series; numbers padded, leading zeros, no number at all
        structure_set(
            "1.2.1.3.1",
            [roi(" 1", "Heart"), roi("02", "heart "), roi("x", "Odd number"), roi(None, None)],
            observations=[observation("1", "ORGAN"), observation("x", "GTV")],
            frames=on_ct,
            roi_contours=[contours("01"), contours(" 2"), contours("x")],
        ),
        structure_set(
            "1.2.1.3.2",
            [
                roi("3", "Esophagus"),
                roi("3", "Esophagus"),
                roi("4", ""),
                roi("5", "Größe 'x' \\ \""),
            ],
            frames=on_ct,
            roi_contours=[contours("3"), contours("4", ["POINT"], 1), contours("5", count=0)],
        ),
        # P2: no ROI at all; no contour at all; open contours alone; points alone
        *images("1.2.2.1", patient="P2", study="1.2.2", frame_uid="1.9.2"),
        structure_set("1.2.2.2.1", [], patient="P2", study="1.2.2", frames=[frame("1.9.2")]),
        structure_set(
            "1.2.2.3.1",
            [roi("1", "Heart", "1.9.2")],
            patient="P2",
            study="1.2.2",
            frames=[frame("1.9.2")],
        ),
        structure_set(
            "1.2.2.4.1",
            [roi("1", "Line", "1.9.2")],
            patient="P2",
            study="1.2.2",
            frames=[frame("1.9.2")],
            roi_contours=[contours("1", ["OPEN_PLANAR"]), contours("1", ["OPEN_PLANAR"])],
        ),
        structure_set(
            "1.2.2.5.1",
            [roi("1", "Seed", "1.9.2")],
            patient="P2",
            study="1.2.2",
            frames=[frame("1.9.2", {"1.2.2.1": []})],
            roi_contours=[contours("1", ["POINT"], 1)],
        ),
        # P3: CT, MR and PET share a frame of reference; nothing that is named is there
        *images("1.2.3.1", patient="P3", study="1.2.3", frame_uid="1.9.3"),
        *images("1.2.3.2", patient="P3", study="1.2.3", frame_uid="1.9.3", modality="MR"),
        *images("1.2.3.3", patient="P3", study="1.2.3", frame_uid="1.9.3", modality="PT"),
        *images("1.2.3.4", patient="P3", study="1.2.3", frame_uid="1.9.3", modality="RTDOSE"),
        *images("1.2.3.5", patient="P3", study="1.2.39", frame_uid="1.9.3", modality="MR"),
        structure_set(
            "1.2.3.6.1",
            [roi("1", "GTV", "1.9.3")],
            patient="P3",
            study="1.2.3",
            frames=[frame("1.9.3", {"1.8.8": ["1.8.8.1"]}, MR)],
            roi_contours=[contours("1", images=["1.8.8.1"])],
        ),
        # the same without any image named: every series of the study is a candidate
        structure_set(
            "1.2.3.7.1",
            [roi("1", "GTV", "1.9.3")],
            patient="P3",
            study="1.2.3",
            frames=[frame("1.9.3")],
            roi_contours=[contours("1")],
        ),
        # the images are named by the contours only
        structure_set(
            "1.2.3.8.1",
            [roi("1", "GTV", "1.9.3")],
            patient="P3",
            study="1.2.3",
            frames=[frame("1.9.3")],
            roi_contours=[contours("1", images=["1.2.3.3.1", "1.2.3.3.2", "1.7.7.7"])],
        ),
        # the series is there, its images are others
        structure_set(
            "1.2.3.9.1",
            [roi("1", "GTV", "1.9.3")],
            patient="P3",
            study="1.2.3",
            frames=[frame("1.9.3", {"1.2.3.3": ["1.7.1", "1.7.2"]}, PT)],
            roi_contours=[contours("1", images=["1.7.1"])],
        ),
        # P4: the series is there but in another frame of reference
        *images("1.2.4.1", patient="P4", study="1.2.4", frame_uid="1.9.4"),
        structure_set(
            "1.2.4.2.1",
            [roi("1", "GTV", "1.9.44")],
            patient="P4",
            study="1.2.4",
            frames=[frame("1.9.44", {"1.2.4.1": []})],
            roi_contours=[contours("1")],
        ),
        # the images are absent; nothing is named at all; several series, one of them absent
        structure_set(
            "1.2.4.3.1",
            [roi("1", "GTV", "1.9.45")],
            patient="P4",
            study="1.2.4",
            frames=[frame("1.9.45", {"1.6.6": ["1.6.6.1", "1.6.6.2"]})],
            roi_contours=[contours("1")],
        ),
        structure_set(
            "1.2.4.4.1",
            [roi("1", "GTV", None or "")],
            patient="P4",
            study="1.2.4",
            roi_contours=[contours("1")],
        ),
        *images("1.2.4.5", patient="P4", study="1.2.4", frame_uid="1.9.4", modality="MR"),
        structure_set(
            "1.2.4.6.1",
            [roi("1", "CTV", "1.9.4")],
            patient="P4",
            study="1.2.4",
            frames=[
                frame(
                    "1.9.4",
                    {
                        "1.2.4.1": ["1.2.4.1.1"],
                        "1.2.4.5": ["1.2.4.5.1", "1.6.1"],
                        "1.6.7": ["1.6.7.1"],
                    },
                ),
            ],
            roi_contours=[contours("1")],
        ),
        # P5: a stack with a gap, an oblique one, a mixed one, slices without a position
        *images(
            "1.2.5.1", patient="P5", study="1.2.5", frame_uid="1.9.5", positions=[0, 2, 4, 8, 10]
        ),
        *images(
            "1.2.5.2",
            patient="P5",
            study="1.2.5",
            frame_uid="1.9.5",
            modality="MR",
            orientation=("1", "0", "0", "0", "0.8", "0.6"),
        ),
        *images("1.2.5.3", patient="P5", study="1.2.5", frame_uid="1.9.5", modality="MR", count=1),
        *[
            {**image, "SOPInstanceUID": "1.2.5.3.9"}
            for image in images(
                "1.2.5.3",
                patient="P5",
                study="1.2.5",
                frame_uid="1.9.5",
                modality="MR",
                count=1,
                orientation=("0", "1", "0", "0", "0", "-1"),
            )
        ],
        *images(
            "1.2.5.4",
            patient="P5",
            study="1.2.5",
            frame_uid="1.9.5",
            modality="PT",
            ImagePositionPatient=[],
        ),
        *[
            structure_set(
                f"1.2.5.1{k}.1",
                [roi("1", "Lungs", "1.9.5")],
                patient="P5",
                study="1.2.5",
                frames=[frame("1.9.5", {f"1.2.5.{k}": []})],
                roi_contours=[contours("1")],
            )
            for k in (1, 2, 3, 4)
        ],
    ]


def rows_without_series() -> list[Row]:
    """Files that belong to no series: a structure set, and one of the first CT's images."""
    (image,) = images("1.2.1.1", count=1)
    return [
        {**structure_set("1.2.6.1.1", [roi("1", "Heart")]), "SeriesInstanceUID": None},
        {**image, "SOPInstanceUID": "1.2.6.2.1", "SeriesInstanceUID": None},
    ]


def other_files() -> list[Row]:
    """Files that are not in the index, since another one has their SOPInstanceUID."""
    return [
        {"SOPInstanceUID": "1.2.1.2.1", "outcome": "duplicate", "file_path": "/data/z/copy.dcm"},
        {
            "SOPInstanceUID": "1.2.1.3.1",
            "outcome": "conflict",
            "file_path": "/data/z/old.zip",
            "archive_member": "edited.dcm",
        },
        # an image of 1.2.1.1, in two other versions
        *(
            {"SOPInstanceUID": "1.2.1.1.2", "outcome": "conflict", "file_path": f"/data/z/{k}.dcm"}
            for k in (1, 2)
        ),
        {"SOPInstanceUID": "1.2.1.2.1", "outcome": "indexed", "file_path": "/data/1.2.1.2.1.dcm"},
    ]
