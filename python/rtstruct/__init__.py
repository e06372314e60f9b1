"""From DICOM radiotherapy structure sets to masks that one can trust.

>>> import rtstruct
>>> workspace = rtstruct.open("mine")
>>> workspace.index("dicom"), workspace.build()
>>> for mask in workspace.masks("structure = 'Lung'"):
...     print(mask.ROIName, mask.array.sum(), mask.image.array.mean())

``docs/python.md`` has more.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from rtstruct.version import __version__

if TYPE_CHECKING:
    from rtstruct.errors import RtstructError, UsageError
    from rtstruct.library.files import ROI, StructureSet, read_image_series, read_structure_set
    from rtstruct.library.names import explain_names
    from rtstruct.library.telling import (
        DoubtfulImageWarning,
        DoubtfulMaskWarning,
        MissingMaskWarning,
    )
    from rtstruct.library.volume import Image, Mask
    from rtstruct.library.workspace import Workspace, open  # noqa: A004 - as gzip.open

__all__ = [
    "ROI",
    "DoubtfulImageWarning",
    "DoubtfulMaskWarning",
    "Image",
    "Mask",
    "MissingMaskWarning",
    "RtstructError",
    "StructureSet",
    "UsageError",
    "Workspace",
    "__version__",
    "explain_names",
    "open",
    "read_image_series",
    "read_structure_set",
]

# Imported when first asked for: NumPy and all that stands on it take longer than a short script.
_HOMES = {
    "rtstruct.errors": ("RtstructError", "UsageError"),
    "rtstruct.library.files": ("ROI", "StructureSet", "read_image_series", "read_structure_set"),
    "rtstruct.library.names": ("explain_names",),
    "rtstruct.library.telling": (
        "DoubtfulImageWarning",
        "DoubtfulMaskWarning",
        "MissingMaskWarning",
    ),
    "rtstruct.library.volume": ("Image", "Mask"),
    "rtstruct.library.workspace": ("Workspace", "open"),
}


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'rtstruct' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
