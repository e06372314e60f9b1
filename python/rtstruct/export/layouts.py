"""Where files of a training set go, and the documents that describe them to its consumer.

nnU-Net: https://github.com/MIC-DKFZ/nnUNet/blob/master/documentation/dataset_format.md
MONAI: the decathlon datalist, ``monai.data.load_decathlon_datalist``.
pyradiomics: the batch file of https://pyradiomics.readthedocs.io/en/latest/usage.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rtstruct.quoting import for_csv, for_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rtstruct.export.cases import Case
    from rtstruct.export.label_map import Regions


@dataclass(frozen=True)
class Exported:
    """A case as it lies in the set; paths relative to the set."""

    case: Case
    is_test: bool
    image: str
    label: str | None
    """The label map; None in a layout of single masks."""
    masks: tuple[tuple[str, str], ...] = ()
    """Label name and path of single masks."""


@dataclass(frozen=True)
class Terms:
    """Under what licenses, and with which DOIs to cite, a set may be used."""

    licenses: tuple[str, ...]
    DOIs: tuple[str, ...]


def image_path(layout: str, case: str, *, is_test: bool) -> str:
    """Where the image of a case goes."""
    if layout == "nnunet":
        return f"images{'Ts' if is_test else 'Tr'}/{case}_0000.nii.gz"
    return f"images/{case}.nii.gz"


def label_path(layout: str, case: str, *, is_test: bool) -> str | None:
    """Where the label map of a case goes; None if masks stay single files."""
    if layout == "nnunet":
        return f"labels{'Ts' if is_test else 'Tr'}/{case}.nii.gz"
    return f"labels/{case}.nii.gz" if layout == "monai" else None


def documents(
    layout: str, name: str, exported: Sequence[Exported], regions: Regions, terms: Terms
) -> dict[str, str]:
    """Texts of the documents of a set, by path."""
    if layout == "nnunet":
        return {"dataset.json": _json(_nnunet(name, exported, regions, terms))}
    if layout == "monai":
        return {"datalist.json": _json(_monai(name, exported, regions, terms))}
    return {"cases.csv": _pyradiomics(exported)}


def _nnunet(
    name: str, exported: Sequence[Exported], regions: Regions, terms: Terms
) -> dict[str, Any]:
    has_regions = len(regions.values) > len(regions.numbers)
    labels: dict[str, Any] = {"background": 0}
    for label in regions.numbers:
        values = regions.of_label(label)
        labels[label] = values if has_regions and len(values) > 1 else values[0]
    document: dict[str, Any] = {
        "name": name,
        "channel_names": {"0": exported[0].case.modality},
        "labels": labels,
        "numTraining": sum(not each.is_test for each in exported),
        "file_ending": ".nii.gz",
        "licence": "; ".join(terms.licenses),
        "reference": "; ".join(terms.DOIs),
    }
    if has_regions:
        # Predicted regions are painted in this order, the last on top.
        document["regions_class_order"] = list(regions.numbers.values())
    return document


def _monai(
    name: str, exported: Sequence[Exported], regions: Regions, terms: Terms
) -> dict[str, Any]:
    def entries(is_test: bool) -> list[dict[str, str | None]]:
        return [
            {"image": each.image, "label": each.label}
            for each in exported
            if each.is_test is is_test
        ]

    return {
        "name": name,
        "modality": {"0": exported[0].case.modality},
        "labels": {"0": "background", **{str(n): label for label, n in regions.numbers.items()}},
        "licence": "; ".join(terms.licenses),
        "reference": "; ".join(terms.DOIs),
        "numTraining": sum(not each.is_test for each in exported),
        "numTest": sum(each.is_test for each in exported),
        "training": entries(False),
        "test": entries(True),
    }


def _pyradiomics(exported: Sequence[Exported]) -> str:
    lines: list[tuple[object, ...]] = [("ID", "PatientID", "Structure", "Image", "Mask", "Label")]
    for each in exported:
        for name, path in each.masks:
            lines.append((each.case.name, each.case.PatientID, name, each.image, path, 1))
    return "".join(map(for_csv, lines))


def _json(document: dict[str, Any]) -> str:
    return for_json(document, 2) + "\n"
