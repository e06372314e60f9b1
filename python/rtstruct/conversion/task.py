"""What a worker gets and what it gives back: plain values that cross process borders.

The catalog (SQL) decides what these hold, the converter how it is done, the registry remembers.
"""

from dataclasses import dataclass, field, fields
from typing import Literal, Self

from rtstruct.catalog.registrations import FrameTie
from rtstruct.catalog.worklist import SelectedROI
from rtstruct.errors import UsageError
from rtstruct.geometry.image_statistics import ImageStatistics
from rtstruct.geometry.mask_shape import MaskShape

# What asks for nothing: its absence leaves nothing out. An outline that was never drawn is common
# in clinical templates; one that was drawn on another stack is converted there.
NOTHING_TO_CONVERT = frozenset({"empty_roi", "no_contours", "drawn_elsewhere"})

Status = Literal["done", "partial", "failed", "skipped"]


@dataclass(frozen=True)
class DicomFile:
    """Where one SOP instance is: a file, or a member of a zip archive."""

    SOPInstanceUID: str
    path: str
    archive_member: str | None = None
    stack_number: int | None = None


@dataclass(frozen=True)
class Provenance:
    """What must travel with every mask that is derived from this series."""

    SeriesInstanceUID: str
    StudyInstanceUID: str | None = None
    crdc_series_uuid: str | None = None
    license_short_name: str | None = None
    source_DOI: str | None = None


@dataclass(frozen=True)
class StructureSetWork:
    """One structure set and the ROIs of it to convert."""

    file: DicomFile
    provenance: Provenance
    instance_hash: str | None
    evidence: str
    rois: tuple[SelectedROI, ...]
    output_folder: str
    """Folder of this structure set's masks, relative to the output root; already safe as a path."""
    input_hash: str | None = None
    """Of this structure set and the image headers together: tells a change of either."""
    image_header_hash: str | None = None
    structure_set_key: str = ""
    """SOPInstanceUID, unless several structure sets share one."""
    stack_evidence: str | None = None
    """Why contours belong to the stack, as in the worklist."""
    elsewhere_images: tuple[str, ...] = ()
    """Images of its other stacks and series, if its contours name any."""
    other_frames: tuple[str, ...] = ()
    """Frames of reference of the other images that it is converted on."""
    doubts: tuple[str, ...] = ()
    """Codes of findings of the catalog that each mask has to tell."""
    ties: tuple[FrameTie, ...] = ()
    """What registrations tie to the image's frame of reference, if they are to be used."""


@dataclass(frozen=True)
class Options:
    """What changes the files that are written; part of a conversion's identity."""

    format: Literal["nifti", "nrrd", "mha", "seg"] = "nifti"
    """``seg``: DICOM Segmentation, all ROIs of a structure set in one file."""
    boundary: Literal["auto", "centre", "inclusive"] = "auto"
    """Whether a voxel whose centre lies on a contour is inside: half-open (``centre``), always
    (``inclusive``), or always where the contours were traced from a mask (``auto``)."""
    overlap: Literal["union", "even-odd"] = "union"
    """What is inside where contours of one plane overlap in part; nested ones are holes."""
    interpolate: bool = False
    """Whether slices between contours that hold none are filled with what lies between those."""
    missing_slices: Literal["complete", "refuse"] = "complete"
    """What becomes of a series that lacks slices: masks on all of them, or none."""
    resample: tuple[float, float, float] | None = None
    """Spacing in mm of columns, rows and slices of masks; None for the image's own voxels."""
    engine: Literal["native", "plastimatch"] = "native"
    """What fills the contours: we, or Plastimatch run as a program."""
    layout: Literal["separate", "labelmap", "4d"] = "separate"
    """A file for each ROI, or one for all of a structure set: of labels, or with a fourth axis."""
    per: Literal["structure-set", "image"] = "structure-set"
    """What has a file of its own where ROIs share one: a structure set, or an image stack with all
    structure sets that are selected on it."""
    coverage: bool = False
    """The share of each voxel inside the contours, 0 to 1, in place of a mask of 0 and 1."""
    any_frame_of_reference: bool = False
    """Whether ROIs are converted on images of another frame of reference than their own."""
    registration: bool = False
    """Whether contours go where a rigid registration in the catalog puts them, on images of another
    frame of reference."""
    reference: bool = False
    """Whether the image itself is written too, on the voxels of the masks."""
    statistics: bool = False
    """Whether the image's values inside each mask are summed up in the registry."""

    def __post_init__(self) -> None:
        if self.registration and self.any_frame_of_reference:
            raise UsageError(
                "registration moves contours to another frame of reference, which"
                " any_frame_of_reference takes for the same",
                "Choose one of the two",
            )
        if self.registration and self.engine != "native":
            raise UsageError("only engine native moves contours by a registration")
        if self.statistics and self.resample:
            raise UsageError(
                "statistics of the image are of its own voxels, not of resampled ones",
                "Convert once with statistics and once with another spacing",
            )

    @property
    def is_together(self) -> bool:
        """Whether all ROIs of a structure set share one file."""
        return self.format == "seg" or self.layout != "separate"

    @property
    def is_per_image(self) -> bool:
        """Whether all structure sets of an image stack share one file."""
        return self.is_together and self.per == "image"


@dataclass(frozen=True)
class ConversionTask:
    """Unit of work: one image stack with all its structure sets, so that headers are read once."""

    collection_id: str | None
    PatientID: str | None
    image: Provenance
    image_files: tuple[DicomFile, ...]
    structure_sets: tuple[StructureSetWork, ...]
    options: Options
    stack_number: int | None = None
    """None where the catalog does not know the slices of the series."""
    stack_count: int | None = None
    other_stacks: tuple[DicomFile, ...] = ()
    """Files of the other stacks of the series: contours may lie on them."""
    is_pseudonymised: bool = False
    """Whether patient, studies and collection are pseudonyms: no other name may be written."""


@dataclass(frozen=True)
class ReferenceImage:
    """The image that masks were drawn on, on their voxels; staged as a mask is."""

    path: str
    """Relative to the staging folder of the task, and to the output root."""
    sha256: str


@dataclass(frozen=True)
class MaskFacts:
    """What is known of a mask, in a file or not."""

    ROINumber: int
    ROIName: str
    format: str
    voxel_count: int
    slice_count: int
    """Slices with voxels."""
    mask_volume_mL: float
    contour_volume_mL: float
    bounding_box_ijk: tuple[int, int, int, int, int, int] | None
    """i0, j0, k0, i1, j1, k1: first and last voxel, inclusive; i column, j row, k slice."""
    centroid_mm: tuple[float, float, float] | None
    """In the patient's coordinate system (DICOM: left, posterior, superior)."""
    contours_used: int
    contours_skipped: int
    notes: tuple[str, ...] = ()
    grid: str | None = None
    """JSON: the voxels of the file, and where they are."""
    reference: ReferenceImage | None = None
    contours_named: int | None = None
    """Contours that name an image of this stack."""
    contours_listed: int | None = None
    """That name none, of a structure set that lists this stack."""
    contours_by_position: int | None = None
    """That name none, and fit this stack alone."""
    contours_elsewhere: int | None = None
    """Of the ROI, on other stacks and series: no part of this mask."""
    shape: MaskShape | None = None
    """None where there is no voxel."""
    statistics: ImageStatistics | None = None
    """Of the image; None if they were not asked for, or no voxel has an image."""


@dataclass(frozen=True)
class Mask(MaskFacts):
    """A mask that lies in the staging folder, whole and synced, not yet published."""

    path: str = field(kw_only=True)
    """Relative to the staging folder of the task, and to the output root."""
    sha256: str = field(kw_only=True)
    label: int | None = field(default=None, kw_only=True)
    """Among the masks of its file, from 1: the label of its voxels in a label map, its place on the
    fourth axis, its segment's number; None in a file of its own."""

    @classmethod
    def of(cls, facts: MaskFacts, path: str, sha256: str, label: int | None = None) -> Self:
        """The mask of which ``facts`` are known, in its file."""
        known = {each.name: getattr(facts, each.name) for each in fields(facts)}
        return cls(**known, path=path, sha256=sha256, label=label)


@dataclass(frozen=True)
class MaskOverlap:
    """Two masks of a structure set that share voxels; the smaller ROINumber first."""

    ROINumber: int
    other_ROINumber: int
    shared_voxel_count: int


@dataclass(frozen=True)
class Point:
    """A POINT contour's point, in mm, in the patient's coordinate system."""

    ROINumber: int
    ROIName: str
    x_mm: float
    y_mm: float
    z_mm: float


@dataclass(frozen=True)
class ROIFailure:
    """A ROI that gave no mask, and why."""

    ROINumber: int
    ROIName: str
    error_code: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """What became of one structure set on one image series."""

    SOPInstanceUID: str
    status: Status
    error_code: str | None = None
    message: str | None = None
    seconds: float = 0.0
    masks: tuple[Mask, ...] = ()
    points: tuple[Point, ...] = ()
    failures: tuple[ROIFailure, ...] = ()
    mask_overlaps: tuple[MaskOverlap, ...] = ()


@dataclass(frozen=True)
class Record:
    """A finished task, as it lies in the staging folder until it is published."""

    task: ConversionTask
    outcomes: tuple[Outcome, ...]
