"""Segments of DICOM Segmentations as cases of a training set, written as files first."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from rtstruct.catalog.image_instances import image_instances
from rtstruct.catalog.segments import select_segments
from rtstruct.conversion.compare.place_segments import PlacedSegment, place_segments
from rtstruct.conversion.masks.grid_json import grid_json
from rtstruct.dicom.pixels import read_stack_voxels
from rtstruct.errors import RtstructError
from rtstruct.export.cases import Case, NamedMask, case_name, namings_of
from rtstruct.licenses import effective
from rtstruct.progress import silent
from rtstruct.write.masks import write_mask, write_voxels

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from rtstruct.home import Home
    from rtstruct.progress import Progress
    from rtstruct.pseudonyms import Pseudonyms


def find_segment_cases(
    home: Home,
    where: str,
    folder: Path,
    *,
    identifiers: Collection[str] | None = None,
    pseudonyms: Pseudonyms | None = None,
    progress: Progress = silent,
) -> tuple[tuple[Case, ...], Counter[str]]:
    """Write selected segments, and the images that they lie on, as NIfTI files into a folder.

    Returns
    -------
    tuple of Case
        One for each image stack.
    Counter
        Segments that lie on no image here, by code.

    Raises
    ------
    UsageError
        No catalog, or a condition that is not one.
    """
    rows = select_segments(home, where, identifiers=identifiers)
    namings = namings_of(home, "segments", {row["SOPInstanceUID"] for row in rows})
    files = image_instances(home.catalog, {row["referenced_SeriesInstanceUID"] for row in rows})
    masks: dict[str, list[NamedMask]] = defaultdict(list)
    images: dict[str, tuple[Path, str] | RtstructError] = {}
    about: dict[str, dict[str, Any]] = {}
    without: Counter[str] = Counter()
    with progress("Reading segments", len(rows)) as advance:
        for number, placed in enumerate(place_segments(rows, lambda uid: files.get(uid, []))):
            advance(1)
            if not isinstance(placed, PlacedSegment):
                without[placed[1].code] += 1
                continue
            row = placed.row
            grid = grid_json(placed.stack.grid)
            series = str(row["referenced_SeriesInstanceUID"])
            name = case_name(_patient(row, pseudonyms), series, grid)
            if name not in images:
                images[name] = _image(placed, folder / f"{name}.nii.gz")
            image = images[name]
            if isinstance(image, RtstructError):
                without[image.code] += 1
                continue
            path = folder / f"segment-{number}.nii.gz"
            sha256 = write_mask(path, placed.voxels, placed.stack.grid, "nifti")
            naming = namings[row["SOPInstanceUID"], row["SegmentNumber"]]
            known = _as_mask(row, pseudonyms)
            known |= {"sha256": sha256, "reference_sha256": image[1], "grid": grid}
            masks[name].append(NamedMask(known, path, naming))
            about[name] = row
    return (
        tuple(
            Case(
                name=name,
                PatientID=_patient(about[name], pseudonyms),
                image=folder / f"{name}.nii.gz",
                modality=about[name]["image_Modality"] or "image",
                masks=tuple(found),
            )
            for name, found in sorted(masks.items())
        ),
        without,
    )


def _image(placed: PlacedSegment, path: Path) -> tuple[Path, str] | RtstructError:
    try:
        series = str(placed.row["referenced_SeriesInstanceUID"])
        voxels = read_stack_voxels(
            [(file.path, file.archive_member) for file in placed.images], series, placed.stack
        )
    except RtstructError as error:
        return error
    return path, write_voxels(path, voxels, placed.stack.grid, "nifti")


def _patient(row: dict[str, Any], pseudonyms: Pseudonyms | None) -> str:
    patient = row["PatientID"] or ""
    return pseudonyms.patient(patient) if pseudonyms else patient


def _as_mask(row: dict[str, Any], pseudonyms: Pseudonyms | None) -> dict[str, Any]:
    """What a set keeps of a segment, by the names that it keeps of a mask."""
    collection = row["collection_id"]
    if pseudonyms and collection is not None and row["crdc_series_uuid"] is None:
        collection = pseudonyms.collection(collection)
    licenses = row["license_short_name"], row["image_license_short_name"]
    return {
        **row,
        "collection_id": collection,
        "structure_set_key": row["SOPInstanceUID"],
        "ROINumber": row["SegmentNumber"],
        "ROIName": row["SegmentLabel"],
        "effective_license": effective(*licenses),
    }
