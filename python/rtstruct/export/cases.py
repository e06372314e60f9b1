"""Masks by the image that they lie on: what a training set calls a case."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rtstruct.catalog.confidence import GUESSES
from rtstruct.catalog.query import connect
from rtstruct.codes import code_of, warnings_among
from rtstruct.conversion.identity import digest
from rtstruct.quoting import for_file_name
from rtstruct.registry.judgements import read_judgements
from rtstruct.registry.reader import masks_on_images

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rtstruct.catalog.worklist import WorklistRow
    from rtstruct.home import Home


@dataclass(frozen=True)
class Naming:
    """What the vocabulary says of a ROI or a segment."""

    roi_class: str | None = None
    name: str | None = None
    """``Lung_L``, ``SpinalCord_PRV05``, ``GTV``; None where the vocabulary gives no name."""
    is_guess: bool = False
    """Whether the name may mean something else: confidence C or D."""


@dataclass(frozen=True)
class NamedMask:
    """A mask, and what the vocabulary calls it in a training set."""

    row: dict[str, Any]
    """Of the registry's table ``masks``."""
    path: Path
    naming: Naming
    warnings: tuple[str, ...] = ()
    """Codes of what asks for a look before use: its notes, and what the last build found of it."""
    is_judged: bool = True
    """Whether a build has held it against other masks: sides, overlaps, volumes."""

    @property
    def ROIName(self) -> str:
        """As the structure set has it."""
        return str(self.row["ROIName"] or "")


@dataclass(frozen=True)
class Case:
    """An image with the selected masks on it."""

    name: str
    PatientID: str
    image: Path
    modality: str
    masks: tuple[NamedMask, ...]


def find_cases(home: Home, rows: Sequence[WorklistRow]) -> tuple[Case, ...]:
    """Cases of selected structure sets, from masks that were converted with their image."""
    keys = {row.structure_set_key for row in rows}
    wanted = {
        (
            row.structure_set_key,
            str(row.referenced_SeriesInstanceUID),
            row.stack_number,
            roi.ROINumber,
        ): row
        for row in rows
        for roi in row.rois
    }
    namings = namings_of(home, "rtstruct_rois", keys)
    with connect(home) as connection:
        judgements = read_judgements(connection, keys)
    images: dict[str, list[NamedMask]] = defaultdict(list)
    modalities: dict[str, str] = {}
    patients: dict[str, str] = {}
    for key, row in masks_on_images(home.registry, keys, with_image=True).items():
        if key not in wanted:
            continue
        path, image = home.root / row["path"], home.root / row["reference_path"]
        if path.is_file() and image.is_file():
            noted = warnings_among(map(code_of, row["notes"] or ()))
            found = judgements.get(key)
            warnings = noted | (found or {}).keys()
            naming = namings.get((key[0], key[3]), Naming())
            images[row["reference_path"]].append(
                NamedMask(row, path, naming, tuple(sorted(warnings)), found is not None)
            )
            modalities[row["reference_path"]] = wanted[key].image_Modality or "image"
            # Of what was selected: there it may be a pseudonym, whatever the masks were made under.
            patients[row["reference_path"]] = wanted[key].PatientID or ""
    by_series: dict[str, list[str]] = defaultdict(list)
    for reference, masks in images.items():
        by_series[f"{masks[0].row['referenced_SeriesInstanceUID']}|{masks[0].row['grid']}"].append(
            reference
        )
    return tuple(
        _case(home, sorted(references), images, modalities, patients)
        for _, references in sorted(by_series.items())
    )


def _case(
    home: Home,
    references: Sequence[str],
    images: dict[str, list[NamedMask]],
    modalities: dict[str, str],
    patients: dict[str, str],
) -> Case:
    """All masks on the voxels of one image, whichever structure sets they come from."""
    masks = [mask for reference in references for mask in images[reference]]
    masks.sort(key=lambda mask: (mask.row["structure_set_key"], mask.row["ROINumber"]))
    first = masks[0].row
    patient = patients[references[0]]
    return Case(
        name=case_name(patient, first["referenced_SeriesInstanceUID"], first["grid"]),
        PatientID=patient,
        image=home.root / references[0],
        modality=modalities[references[0]],
        masks=tuple(masks),
    )


def case_name(PatientID: str, SeriesInstanceUID: str, grid: str) -> str:
    """Name of the case of an image: the same, whatever lies on it."""
    unique = digest(f"{SeriesInstanceUID}|{grid}")[:8]
    return f"{for_file_name(PatientID or 'no-patient')}-{unique}"


def namings_of(
    home: Home, mart: Literal["rtstruct_rois", "segments"], keys: set[str]
) -> dict[tuple[str, int], Naming]:
    """Of each ROI or segment, by what it is of and by its number."""
    key, number = _KEYS[mart]
    with connect(home) as connection:
        found = connection.execute(
            _NAMINGS.format(key=key, number=number, mart=mart), [list(keys), list(GUESSES)]
        ).fetchall()
    return {(key, number): Naming(*said) for key, number, *said in found}


_KEYS = {
    "rtstruct_rois": ("structure_set_key", "ROINumber"),
    "segments": ("SOPInstanceUID", "SegmentNumber"),
}
# An organ that was cropped or grown is not the organ: only a name of its own would be true.
_NAMINGS = """
select
    {key},
    {number},
    roi_class,
    case
        when roi_class in ('ANATOMY', 'PRV') and tg263_name is not null then tg263_name
        when roi_class = 'ANATOMY' then structure || coalesce('_' || laterality, '')
        when roi_class = 'TARGET' then target_type
        when roi_class = 'EXTERNAL' then 'External'
    end as name,
    coalesce(list_contains($2, confidence), false) as is_guess
from {mart}
where list_contains($1, {key}) and {number} is not null
"""
