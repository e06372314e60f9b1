"""Who is in the phantom cohort, and what is drawn on them: data, no code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rtstruct.phantom import shapes
from rtstruct.phantom.grid import Grid, oblique, uniform

if TYPE_CHECKING:
    from rtstruct.phantom.image_series import Modality, Order
    from rtstruct.phantom.shapes import Solid

SLICE_MM = 3.0
"""Distance of the slices of every patient."""


@dataclass(frozen=True)
class ROI:
    """A name and what is drawn under it."""

    name: str
    solid: Solid | None = None
    RTROIInterpretedType: str = "ORGAN"
    seeds: tuple[tuple[float, float, float], ...] = ()
    geometric_type: str = "CLOSED_PLANAR"
    pixel_value: int | None = None
    """What the image shows inside; None leaves what is there."""


@dataclass(frozen=True)
class Patient:
    """One patient: an image and a structure set on it."""

    PatientID: str
    PatientName: str
    rois: tuple[ROI, ...]
    grid: Grid
    modality: Modality = "CT"
    patient_position: str = "HFS"
    order: Order = "ascending"
    shuffle: bool = False
    image_is_absent: bool = False
    """The structure set came without its image, as happens."""


CHEST = Grid(
    columns=96,
    rows=96,
    slices_mm=uniform(40, SLICE_MM),
    row_spacing_mm=2.5,
    column_spacing_mm=2.5,
    slice_thickness_mm=SLICE_MM,
    centre_mm=(3.0, -170.0, 1240.5),
)

BODY = shapes.tube((0, 0, 0), (110, 78), 130)
_LUNG_LEFT = shapes.ellipsoid((52, -4, 2), (32, 46, 54))
_LUNG_RIGHT = shapes.ellipsoid((-52, -4, 2), (34, 46, 54))
_HEART = shapes.ellipsoid((14, -30, -14), (30, 26, 28))
_CORD = shapes.leaning(shapes.cylinder((1, 52, 0), 9, 130), 0.13)
_CORD_AND_5_MM = shapes.leaning(shapes.cylinder((1, 52, 0), 14, 130), 0.13)
_TUMOUR = shapes.sphere((-50, -8, 12), 14)
_RING = shapes.minus(
    shapes.ellipsoid((-50, -8, 12), (34, 34, 33)), shapes.ellipsoid((-50, -8, 12), (22, 22, 21))
)

PATIENTS = (
    Patient(
        "CT-ENGLISH",
        "Phantom^English",
        (
            ROI("BODY", BODY, "EXTERNAL"),
            ROI("Lung_L", _LUNG_LEFT, pixel_value=-780),
            ROI("Lung_R", _LUNG_RIGHT, pixel_value=-780),
            ROI("Heart", _HEART, pixel_value=60),
            ROI("SpinalCord", _CORD, pixel_value=120),
            ROI("cord+5mm", _CORD_AND_5_MM, "AVOIDANCE"),
            ROI("GTV-1", _TUMOUR, "GTV", pixel_value=70),
            ROI("PTV_60Gy", shapes.sphere((-50, -8, 12), 22), "PTV"),
            ROI("zz_ring", _RING, "CONTROL"),
            ROI("iso", seeds=((-50, -8, 12),), RTROIInterpretedType="ISOCENTER"),
        ),
        CHEST,
    ),
    Patient(
        "CT-FRENCH",
        "Phantom^Français",
        (
            ROI("Poumon G", _LUNG_LEFT, pixel_value=-780),
            ROI("Poumon D", _LUNG_RIGHT, pixel_value=-780),
            ROI("Cœur", _HEART, pixel_value=60),
            ROI("Moelle", _CORD, pixel_value=120),
            ROI("Foie", shapes.ellipsoid((-30, -10, -30), (60, 45, 28)), pixel_value=95),
            # One contour a slice, with a channel to the hole.
            ROI(
                "Paroi vésicale",
                shapes.keyhole(
                    shapes.ellipsoid((6.4, 18.7, -30), (30, 24, 26)),
                    shapes.ellipsoid((6.4, 18.7, -30), (22, 16, 18)),
                ),
            ),
        ),
        CHEST,
        order="shuffled",
        shuffle=True,
    ),
    Patient(
        "MR-OBLIQUE-GERMAN",
        "Phantom^Deutsch",
        (
            ROI("Leber", shapes.ellipsoid((-35, -8, 4), (58, 48, 50)), pixel_value=420),
            ROI("Niere li", shapes.ellipsoid((50, 34, -8), (20, 17, 40)), pixel_value=700),
            ROI("Niere re", shapes.ellipsoid((-50, 38, -8), (20, 17, 40)), pixel_value=700),
            ROI("Milz", shapes.ellipsoid((70, -2, 10), (20, 30, 36)), pixel_value=560),
            ROI("Rückenmark", _CORD, pixel_value=300),
            ROI("GTV-1", shapes.sphere((-30, -10, 10), 13), "GTV", pixel_value=900),
        ),
        Grid(
            columns=96,
            rows=80,
            slices_mm=uniform(36, SLICE_MM),
            row_spacing_mm=2.2,
            column_spacing_mm=2.2,
            # The gap between MR slices is part of the distance, not of the thickness.
            slice_thickness_mm=2.4,
            centre_mm=(-12.0, 8.0, -64.0),
            directions=oblique(14, -9, 4),
        ),
        modality="MR",
    ),
    Patient(
        "CT-PRONE-HOSTILE",
        "Phantom^Prone",
        (
            # Feet first and prone: rows run to the patient's left, columns to the front.
            ROI("left lung", shapes.ellipsoid((52, 4, 2), (32, 46, 54)), pixel_value=-780),
            ROI("右肺", shapes.ellipsoid((-52, 4, 2), (34, 46, 54)), pixel_value=-780),
            ROI("GTV", shapes.sphere((44, 8, -14), 12), "GTV", pixel_value=70),
            ROI("GTV", shapes.sphere((-44, 8, 20), 15), "GTV", pixel_value=70),
            ROI("../evil", shapes.sphere((1.3, 40.8, 0.4), 18)),
            ROI('"quoted"; <b>drop</b> table 💥', shapes.sphere((0.8, -30.3, 29.5), 18)),
            ROI("Bladder"),
            ROI(
                "seeds",
                seeds=((44, 8, -20), (44, 8, -14), (44, 8, -8)),
                RTROIInterpretedType="MARKER",
            ),
        ),
        replace(
            CHEST,
            centre_mm=(0.0, 150.0, 880.0),
            directions=((1.0, 0.0, 0.0), (0.0, -1.0, 0.0)),
        ),
        patient_position="FFP",
        order="descending",
    ),
    Patient(
        "CT-MISSING-SLICE",
        "Phantom^Gap",
        (
            ROI("LUNG LT", _LUNG_LEFT, pixel_value=-780),
            ROI("LUNG RT", _LUNG_RIGHT, pixel_value=-780),
            ROI("Spinal Cord", _CORD, pixel_value=120),
            # An island in a lake on an island.
            ROI(
                "Bowel_nested",
                shapes.minus(
                    shapes.ellipsoid((0, 0, 0), (48, 44, 50)),
                    shapes.minus(
                        shapes.ellipsoid((0, 0, 0), (34, 30, 36)),
                        shapes.ellipsoid((0, 0, 0), (20, 16, 22)),
                    ),
                ),
                geometric_type="CLOSEDPLANAR_XOR",
            ),
        ),
        replace(CHEST, slices_mm=uniform(40, SLICE_MM, without={22})),
    ),
    Patient(
        "CT-IMAGE-ABSENT",
        "Phantom^Lost",
        (ROI("Prostate", shapes.sphere((1.1, 0.6, 0.4), 20)), ROI("Rectum", _CORD)),
        CHEST,
        image_is_absent=True,
    ),
)
