"""The rows of a made-up `dicom_all`: the oddities that structure sets have, and bulk."""

from __future__ import annotations

import random

from engines.dicom_all_rows import (
    LOCALIZER,
    MR,
    TILTED,
    Row,
    contours,
    frame,
    image,
    images,
    observation,
    roi,
    segment,
    segmentation,
    structure_set,
)

NAMES = (
    *("Heart", "HEART", "heart", "Heart ", "Lung_L", "Lung-L", "LUNG L", "lung left", "Lt Lung"),
    *("Lung_R", "Lung, Right", "SpinalCord", "Spinal Cord", "Cord", "Esophagus", "Oesophagus"),
    *("GTV", "GTV-1", "GTVp", "GTVn", "PTV", "PTV60", "PTV 60 Gy", "PTV_6000", "CTV 50Gy", "ITV"),
    *("BODY", "External", "Patient Outline", "Couch", "zz_ring", "z1", "Isodose 50%", "ROI-1"),
    *("Liver", "Kidney_L", "Left Kidney", "Parotid_L", "Brainstem", "Brain Stem", "Bladder"),
    *("Lungs-GTV", "PRV cord +5mm", "opt bowel", "Nodule 1", "Neoplasm, Primary", "Prostata"),
    # Composed and decomposed letters are different bytes; DICOM allows both.
    *("Größe Tumor é", "Gro\u0308ße Tumor e\u0301", "心臓", "ΚΑΡΔΙΑΣ", "İç organ", "STRASSE ß"),
    *("'quoted\" \\ name", "a\tb", "\u00a0Heart\u00a0", "   ", "", "{{ 1 }}", "x" * 64, None),
)
COLLECTIONS = ("lctsc", "nsclc_radiomics", "eay131", "4d_lung", "cptac_ccrcc")
VENDORS = (("Varian Medical Systems", "ARIA RadOnc"), ("Mim Software", "MIM"), ("MIM", None))
LICENSES = ("CC BY 3.0", "CC BY 4.0", "CC BY-NC 3.0", None)


def dicom_all(series: int = 300) -> list[Row]:
    """The oddities, then `series` generated structure sets with their images."""
    return [*_oddities(), *_bulk(series)]


def _oddities() -> list[Row]:
    rows = []

    # A whole one: codes, an empty algorithm, an observation without a type.
    rows += images("1.2.1", "1.2.1.1", 4)
    rows.append(
        structure_set(
            "1.2.1",
            "1.2.1.2",
            StructureSetLabel="AutoPlan",
            StructureSetDate="2011-03-01",
            StructureSetTime="10:11:12",
            StructureSetROISequence=[
                roi(1, "Heart", volume=" 612.4"),
                roi(2, "Lung_L", "AUTOMATIC", "0"),
                roi(3, "Lung_R", "AUTOMATIC", "about 3000"),
                roi(4, "SpinalCord", "", "1.5e+01"),
            ],
            RTROIObservationsSequence=[
                observation(1, "ORGAN", ("T-32000", "SRT", "Heart")),
                observation(2, "ORGAN"),
                observation(3, "ORGAN"),
                observation(4, None),
            ],
            ROIContourSequence=[
                contours(1, "1.2.1.1", [0, 3, 6]),
                contours(2, "1.2.1.1", [3], "POINT"),
                contours(3, "1.2.1.1", [0], "OPEN_PLANAR"),
            ],
            ReferencedFrameOfReferenceSequence=[frame("1.2.1", ["1.2.1.1"], 4)],
        )
    )

    # Segments: background, a label, a code where the label says nothing, both at odds, neither.
    rows.append(
        segmentation(
            "1.2.1",
            "1.2.1.3",
            "1.2.1.1",
            segment(0, "Background", "125040"),
            segment(1, "Heart", "80891009"),
            segment(2, "Segment 2", "39607008", "7771000"),
            segment(3, "Lung_L", "39607008", "24028007"),
            segment(4, None),
        )
    )

    # Two series in one frame, another frame of reference, absent images, a ROINumber twice.
    rows += images("1.2.2", "1.2.2.1", 3, PatientID="P2")
    rows += images("1.2.2", "1.2.2.9", 3, PatientID="P2", FrameOfReferenceUID="1.9.9")
    rows.append(
        structure_set(
            "1.2.2",
            "1.2.2.2",
            PatientID="P2",
            StructureSetROISequence=[
                roi(1, "heart "),
                roi(2, "Lung_L"),
                roi(3, "Esophagus"),
                roi(3, "Esophagus, the same number"),
            ],
            RTROIObservationsSequence=[observation(1, "ORGAN"), observation(1, "AVOIDANCE")],
            ReferencedFrameOfReferenceSequence=[
                frame("1.2.2", ["1.2.2.1", "1.2.2.9"]),
                frame("1.2.2", ["1.2.2.8"], uid="1.9.2"),
            ],
        )
    )

    # A series named without instances; a missing name; a name twice; a commercial limit.
    rows += images("1.3.1", "1.3.1.1", 3, PatientID="P3", license_short_name="CC BY-NC 3.0")
    rows.append(
        structure_set(
            "1.3.1",
            "1.3.1.2",
            PatientID="P3",
            collection_id="nsclc_radiomics",
            StructureSetROISequence=[
                roi(1, "GTV-1"),
                roi(2, "Heart"),
                roi(3, None),
                roi(4, "GTV-1"),
            ],
            RTROIObservationsSequence=[observation(1, "GTV"), observation(2, "ORGAN")],
            ReferencedFrameOfReferenceSequence=[frame("1.3.1", ["1.3.1.1"], instances=0)],
        )
    )

    # Nothing in it; and only a frame of reference to find the images by.
    rows.append(structure_set("1.3.2", "1.3.2.2", PatientID="P4", StructureSetROISequence=[]))
    rows += images("1.3.3", "1.3.3.1", 3, PatientID="P4")
    rows.append(
        structure_set(
            "1.3.3",
            "1.3.3.2",
            PatientID="P4",
            StructureSetROISequence=[roi(1, "Heart")],
            ReferencedFrameOfReferenceSequence=[
                {"FrameOfReferenceUID": "1.3.3.0", "RTReferencedStudySequence": []}
            ],
        )
    )

    # Numbers as vendors write them.
    rows.append(
        structure_set(
            "1.4.1",
            "1.4.1.2",
            PatientID="P5",
            collection_id="eay131",
            SoftwareVersions=["1.0", "2.0"],
            StructureSetROISequence=[
                *(roi(number, "Lung_R") for number in ("01", " 2", "+3", "1.5", "x", "1e3", "")),
                roi("99999999999999999999", "too large for an integer"),
            ],
            RTROIObservationsSequence=[observation("01", "ORGAN"), observation("2", "organ ")],
            ReferencedFrameOfReferenceSequence=[frame("1.4.1", ["1.4.1.1"])],
        )
    )

    # Two instances in one series; contours name the images, the frame does not.
    rows += images("1.4.2", "1.4.2.1", 3, PatientID="P6")
    rows += [
        structure_set(
            "1.4.2",
            "1.4.2.2",
            number,
            PatientID="P6",
            StructureSetROISequence=[roi(1, "Heart"), roi(2, "Seed")],
            RTROIObservationsSequence=[observation(1, "ORGAN"), observation(2, "MARKER")],
            ROIContourSequence=[
                contours(1, "1.4.2.1", [0, 3]),
                contours(2, "1.4.2.1", [0], "POINT"),
            ],
        )
        for number in (1, 2)
    ]

    # Image geometry: a gap, a position twice, a tilted gantry, a localizer, two orientations.
    for slices in (
        [*images("1.5.1", "1.5.1.1", 3), image("1.5.1", "1.5.1.1", 4, 12)],
        [*images("1.5.2", "1.5.2.1", 3), image("1.5.2", "1.5.2.1", 4, 6)],
        images("1.5.3", "1.5.3.1", 3, ImageOrientationPatient=list(TILTED)),
        [*images("1.5.4", "1.5.4.1", 3), image("1.5.4", "1.5.4.1", 4, 9, ImageType=LOCALIZER)],
        [
            *images("1.5.5", "1.5.5.1", 3),
            image("1.5.5", "1.5.5.1", 4, 9, ImageOrientationPatient=list(TILTED)),
        ],
        # One slice; no position; no number; another modality.
        images("1.5.6", "1.5.6.1", 1),
        images("1.5.7", "1.5.7.1", 3, ImagePositionPatient=[]),
        images("1.5.8", "1.5.8.1", 3, ImagePositionPatient=["0", "zero", "1"]),
        images("1.5.9", "1.5.9.1", 3, SOPClassUID=MR, SpacingBetweenSlices="3"),
        # Directions that are none, and too few of them.
        images("1.5.10", "1.5.10.1", 3, ImageOrientationPatient=["0"] * 6, PixelSpacing=[]),
        images("1.5.11", "1.5.11.1", 3, ImageOrientationPatient=["1", "0", "0"]),
    ):
        study, series = slices[0]["StudyInstanceUID"], slices[0]["SeriesInstanceUID"]
        rows += slices
        rows.append(
            structure_set(
                study,
                f"{study}.2",
                PatientID="P7",
                StructureSetROISequence=[roi(1, "Liver")],
                ROIContourSequence=[contours(1, series, [0, 3])],
                ReferencedFrameOfReferenceSequence=[frame(study, [series], len(slices))],
            )
        )
    return rows


def _bulk(count: int) -> list[Row]:
    chance = random.Random(20261122)
    rows: list[Row] = []
    for index in range(count):
        # Two structure sets share a study and its images.
        study = f"2.25.{1000 + index // 2}"
        ct, series = f"{study}.1", f"{study}.{2 + index % 2}"
        manufacturer, model = chance.choice(VENDORS)
        common = {
            "PatientID": f"PAT{index // 2 % 90}",
            "collection_id": COLLECTIONS[index // 2 % len(COLLECTIONS)],
            "license_short_name": LICENSES[index // 2 % len(LICENSES)],
            "StudyDate": f"20{10 + index // 2 % 15}-{index // 2 % 12 + 1:02}-11",
        }
        if index % 2 == 0:
            rows += images(study, ct, chance.randint(0, 5), **common)
        picks = [chance.choice(NAMES) for _ in range(chance.randint(0, 12))]
        rows.append(
            structure_set(
                study,
                series,
                **common,
                Manufacturer=manufacturer,
                ManufacturerModelName=model,
                SeriesDescription=chance.choice(("RTOG_CONV", "Nodule 1 - Semi-Auto", None)),
                StructureSetLabel=chance.choice(("AutoPlan", "", None)),
                StructureSetDate=None if index % 5 == 0 else f"2012-{index % 12 + 1:02}-11",
                ApprovalStatus=chance.choice(("APPROVED", "UNAPPROVED", None)),
                analysis_result_id=chance.choice(("annotations", None)),
                StructureSetROISequence=[
                    roi(n, name, chance.choice(("MANUAL", "AUTOMATIC", "SEMIAUTOMATIC", "", None)))
                    for n, name in enumerate(picks, start=1)
                ],
                RTROIObservationsSequence=[
                    observation(n, chance.choice(("ORGAN", "GTV", "PTV", "EXTERNAL", "", None)))
                    for n in range(1, len(picks) + 1)
                    if chance.random() < 0.85
                ],
                ROIContourSequence=[
                    contours(
                        n,
                        ct,
                        [3.0 * k for k in range(chance.randint(0, 4))],
                        chance.choice(("CLOSED_PLANAR", "CLOSED_PLANAR", "POINT")),
                    )
                    for n in range(1, len(picks) + 1)
                    if chance.random() < 0.9
                ],
                ReferencedFrameOfReferenceSequence=(
                    [
                        frame(
                            study,
                            [ct, f"{ct}.absent"] if index % 11 == 0 else [ct],
                            instances=chance.randint(0, 6),
                        )
                    ]
                    if index % 13
                    else []
                ),
            )
        )
    return rows
