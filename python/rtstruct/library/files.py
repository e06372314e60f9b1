"""Structure sets and image series from files or pydicom datasets, without a workspace."""

from __future__ import annotations

import shutil
import tempfile
import warnings
import weakref
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rtstruct.conversion.masks.context import affine_refusal
from rtstruct.conversion.masks.in_memory import masks_in_memory
from rtstruct.conversion.task import (
    ConversionTask,
    DicomFile,
    Options,
    Provenance,
    StructureSetWork,
)
from rtstruct.dicom.image_head import read_head
from rtstruct.dicom.image_series import have_a_series_each, read_image_stacks
from rtstruct.errors import RtstructError
from rtstruct.index.single import read_row, referenced_images, referenced_series, roi_names
from rtstruct.library.image import read_series_voxels
from rtstruct.library.selected import mask_of
from rtstruct.library.telling import DoubtfulImageWarning, DoubtfulMaskWarning, doubts
from rtstruct.library.volume import Image, Mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from os import PathLike
    from typing import TypeAlias

    from pydicom import Dataset

    from rtstruct.dicom.image_head import Head
    from rtstruct.dicom.image_series import ImageSeries as Stack

    Source: TypeAlias = str | PathLike[str] | Dataset


@dataclass(frozen=True, eq=False)
class ImageSeries(Image):
    """An image series read from files.

    Attributes
    ----------
    SeriesInstanceUID, FrameOfReferenceUID, PatientID
        As the files have them.
    notes
        What a user of the image should know, as ``code: explanation``: of files that lack. Masks
        on it have the same notes.
    """

    SeriesInstanceUID: str
    FrameOfReferenceUID: str
    files: tuple[DicomFile, ...]
    PatientID: str = ""
    notes: tuple[str, ...] = ()
    _folder: object = field(repr=False, default=None)
    """Keeps the files of pydicom datasets as long as this lives."""


@dataclass(frozen=True, eq=False)
class ROI:
    """A ROI of a structure set: its name, its number, and the mask of it on an image."""

    ROIName: str
    ROINumber: int
    structure_set: StructureSet = field(repr=False)

    def mask(
        self,
        image: ImageSeries,
        *,
        boundary: Literal["auto", "centre", "inclusive"] = "auto",
        any_frame_of_reference: bool = False,
    ) -> Mask:
        """Return the mask of this ROI on the voxels of an image.

        What asks for a look before use is told by a ``DoubtfulMaskWarning``, each code once a
        structure set; ``Mask.warnings`` has all.

        Parameters
        ----------
        boundary
            Voxels whose centre lies on a contour: see ``docs/rasterisation.md``.
        any_frame_of_reference
            Whether the ROI may be drawn in another frame of reference than the image's.

        Raises
        ------
        RtstructError
            There is none: ``empty_roi``, ``outside_image``, ``frame_of_reference_mismatch``...
        """
        return self.structure_set._mask(
            self,
            image,
            Options(
                layout="labelmap", boundary=boundary, any_frame_of_reference=any_frame_of_reference
            ),
        )


@dataclass(frozen=True, eq=False)
class StructureSet:
    """A DICOM RT Structure Set: its ROIs in the order of the file."""

    path: Path
    SOPInstanceUID: str
    SeriesInstanceUID: str
    referenced_series: frozenset[str]
    """SeriesInstanceUIDs of the images that it was drawn on."""
    PatientID: str
    _images: frozenset[str] = field(repr=False)
    """SOPInstanceUIDs of the images that it names."""
    _names: tuple[tuple[int, str], ...] = field(repr=False)
    _folder: object = field(repr=False, default=None)
    _told: set[tuple[str, str]] = field(repr=False, default_factory=set)
    """SOPInstanceUID and code of what was warned of."""

    @cached_property
    def rois(self) -> tuple[ROI, ...]:
        """All ROIs that have a number, in the order of the file."""
        return tuple(ROI(name, number, self) for number, name in self._names)

    def roi(self, which: str | int) -> ROI:
        """Return a ROI by its ROIName or its ROINumber.

        Raises
        ------
        RtstructError
            ``roi_absent``; ``roi_ambiguous``: several have this name.
        """
        found = [roi for roi in self.rois if which in (roi.ROIName, roi.ROINumber)]
        if not found:
            known = ", ".join(repr(roi.ROIName) for roi in self.rois)
            raise RtstructError("roi_absent", f"there is no ROI {which!r}", f"There are {known}")
        if len(found) > 1:
            numbers = ", ".join(str(roi.ROINumber) for roi in found)
            if len({roi.ROINumber for roi in found}) == 1:
                return found[0]  # whose number others have: of neither there is a mask
            raise RtstructError(
                "roi_ambiguous",
                f"{len(found)} ROIs are named {which!r}",
                f"Ask by number: {numbers}",
            )
        return found[0]

    def _mask(self, roi: ROI, image: ImageSeries, options: Options) -> Mask:
        from rtstruct.catalog.worklist import SelectedROI

        is_referenced = image.SeriesInstanceUID in self.referenced_series
        task = ConversionTask(
            collection_id=None,
            PatientID=None,
            image=Provenance(image.SeriesInstanceUID),
            image_files=image.files,
            structure_sets=(
                StructureSetWork(
                    file=DicomFile(self.SOPInstanceUID, str(self.path)),
                    provenance=Provenance(self.SeriesInstanceUID),
                    instance_hash=None,
                    evidence="series" if is_referenced else "none",
                    rois=(SelectedROI(roi.ROIName, ROINumber=roi.ROINumber),),
                    output_folder="",
                ),
            ),
            options=options,
        )
        for made in masks_in_memory(task):
            if isinstance(made, str):
                code, _, reason = made.partition(": ")
                raise RtstructError(code, reason)
            mask = mask_of(made, task)
            mask.row["notes"] = (*mask.notes, *image.notes, *self._patient_notes(image))
            if text := doubts(mask, self._told):
                warnings.warn(text, DoubtfulMaskWarning, stacklevel=3)
            return mask
        raise RtstructError("no_closed_contours", f"ROI {roi.ROINumber} holds points only")

    def _patient_notes(self, image: ImageSeries) -> tuple[str, ...]:
        """What to note of the patient of an image, who is the same with or without a name.

        Raises
        ------
        RtstructError
            ``patient_mismatch``: another patient's image, and none that the structure set names.
        """
        if image.PatientID == self.PatientID or not (image.PatientID and self.PatientID):
            return ()
        if self._images.isdisjoint(file.SOPInstanceUID for file in image.files):
            raise RtstructError("patient_mismatch", "the image series is another patient's")
        return (
            "patient_id_differs: the images that the structure set names are another patient's",
        )


def read_structure_set(source: Source) -> StructureSet:
    """Read a structure set from a file or a pydicom ``Dataset``.

    ROIs without a number, which contours cannot name, are left out and told by a
    ``DoubtfulMaskWarning``.

    Raises
    ------
    RtstructError
        ``unreadable_file``, ``not_a_structure_set``.
    """
    folder, (path,) = _on_disk([source])
    if not path.is_file():
        raise RtstructError("unreadable_file", f"there is no file {path}")
    row = read_row(path)
    if row is None or row["Modality"] != "RTSTRUCT":
        raise RtstructError("not_a_structure_set", f"{path} is not an RT structure set")
    names = roi_names(row)
    numbered = tuple((number, name) for number, name in names if number is not None)
    if lost := len(names) - len(numbered):
        warnings.warn(
            f"bad_roi_number: ROIs without a number that is one, left out: {lost}",
            DoubtfulMaskWarning,
            stacklevel=2,
        )
    return StructureSet(
        path=path,
        SOPInstanceUID=row["SOPInstanceUID"] or "",
        SeriesInstanceUID=row["SeriesInstanceUID"] or "",
        referenced_series=frozenset(referenced_series(row)),
        PatientID=(row.get("PatientID") or "").strip(),
        _images=frozenset(referenced_images(row)),
        _names=numbered,
        _folder=folder,
    )


def read_image_series(
    source: Source | Iterable[Source],
    SeriesInstanceUID: str | None = None,
    *,
    stack_number: int | None = None,
) -> ImageSeries:
    """Read an image series from a folder, from files, or from pydicom datasets, in any order.

    DICOM files that cannot be read, and two of one SOPInstanceUID that differ, are told by a
    ``DoubtfulImageWarning``; ``ImageSeries.notes`` has the same.

    Parameters
    ----------
    source
        A folder (with all below it), or paths of files, or datasets with their pixels. Slices of
        one frame of reference that each have a series of their own are one image.
    SeriesInstanceUID
        The series wanted where there are several.
    stack_number
        The stack wanted, from 1, where a series holds several (``docs/acquisitions.md``).

    Raises
    ------
    RtstructError
        ``no_images``; ``several_series``, ``several_stacks``: name one; ``irregular_spacing``,
        ``sheared_stack``: an affine cannot say where the slices are.
    """
    folder, paths = _on_disk(_listed(source))
    series: dict[str, list[DicomFile]] = {}
    heads = []
    damage: Counter[str] = Counter()
    for path in paths:
        try:
            head = read_head(str(path))
        except RtstructError as error:
            if error.code != "not_dicom":  # which may lie in any folder
                damage[error.code] += 1
            continue
        if head.frames and SeriesInstanceUID in (None, head.SeriesInstanceUID):
            heads.append(head)
            series.setdefault(head.SeriesInstanceUID, []).append(
                DicomFile(head.SOPInstanceUID, str(path))
            )
    if not series:
        raise RtstructError("no_images", "there is no image of a slice in space")
    if len(series) > 1 and have_a_series_each(heads):
        # Slices with a series each go by that of the first, as in the catalog.
        series = {min(series): [file for files in series.values() for file in files]}
    if len(series) > 1:
        raise RtstructError(
            "several_series",
            f"there are {len(series)} image series",
            f"Name one by SeriesInstanceUID=: {', '.join(sorted(series))}",
        )
    ((uid, files),) = series.items()
    found = _stack(read_image_stacks([(file.path, None) for file in files], uid), stack_number)
    files = [file for file in files if found.holds(file.SOPInstanceUID)]
    grid = found.grid
    notes = tuple(_lacks(damage, [head for head in heads if found.holds(head.SOPInstanceUID)]))
    if notes:
        warnings.warn("; ".join(notes), DoubtfulImageWarning, stacklevel=2)
    if refusal := affine_refusal(grid):
        raise refusal
    return ImageSeries(
        affine=grid.affine,
        _load=partial(read_series_voxels, tuple(files), uid, found),
        SeriesInstanceUID=uid,
        FrameOfReferenceUID=found.FrameOfReferenceUID,
        files=tuple(files),
        PatientID=next(head.PatientID for head in heads if found.holds(head.SOPInstanceUID)),
        notes=notes,
        _folder=folder,
    )


def _lacks(damage: Counter[str], heads: Sequence[Head]) -> Iterator[str]:
    """Notes of files that cannot be read, and of images that have two contents."""
    if damage:
        codes = ", ".join(f"{count} {code}" for code, count in sorted(damage.items()))
        yield f"images_left_out: {codes}"
    contents: dict[str, set[Head]] = defaultdict(set)
    for head in heads:
        contents[head.SOPInstanceUID].add(head)
    if twice := sum(len(found) > 1 for found in contents.values()):
        yield f"conflicting_images: {twice} of {len(contents)} images"


def _stack(stacks: Sequence[Stack], stack_number: int | None) -> Stack:
    if stack_number is not None and 0 < stack_number <= len(stacks):
        return stacks[stack_number - 1]
    drawn_on = [stack for stack in stacks if not stack.is_localizer] or stacks
    if stack_number is None and len(drawn_on) == 1:
        return drawn_on[0]
    slices = ", ".join(str(stack.grid.shape[0]) for stack in stacks)
    raise RtstructError(
        "several_stacks",
        f"the image series holds {len(stacks)} stacks, of {slices} slices",
    )


def _listed(source: Source | Iterable[Source]) -> Sequence[Source]:
    from os import PathLike

    from pydicom import Dataset

    if isinstance(source, Dataset):
        return [source]
    if isinstance(source, str | PathLike):
        path = Path(source).expanduser()
        return (
            sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        )
    return [*source]


class _Folder:
    """A folder that is removed when nobody holds this any longer: that is no leak to warn of."""

    def __init__(self) -> None:
        self.name = tempfile.mkdtemp(prefix="rtstruct-")
        weakref.finalize(self, shutil.rmtree, self.name, ignore_errors=True)


def _on_disk(sources: Sequence[Source]) -> tuple[object, list[Path]]:
    """Paths of sources; datasets are written into a folder that goes when its object does."""
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    folder = None
    paths = []
    for number, source in enumerate(sources):
        if not isinstance(source, Dataset):
            paths.append(Path(source).expanduser())
            continue
        folder = folder or _Folder()
        path = Path(folder.name, f"{number:06d}.dcm")
        meta = getattr(source, "file_meta", None) or FileMetaDataset()
        if "TransferSyntaxUID" not in meta:
            meta.TransferSyntaxUID = ExplicitVRLittleEndian
        source.file_meta = meta
        source.save_as(path, enforce_file_format=True)
        paths.append(path)
    return folder, paths
