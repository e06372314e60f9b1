"""Masks by Plastimatch (https://plastimatch.org), the tool that IDC recommends, run as a program.

It gets the images of one series and nothing else, as it takes whichever series it finds first, and
structures renamed to numbers, as it would write a structure named ``../x`` outside its folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rtstruct.dicom.source import read_bytes, read_dataset
from rtstruct.errors import RtstructError, UsageError, install
from rtstruct.geometry.spans import from_array

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pydicom import Dataset

    from rtstruct.conversion.task import DicomFile
    from rtstruct.geometry.grid import ImageGrid
    from rtstruct.geometry.spans import Spans

POSITION_TOLERANCE_MM = 0.01


def program() -> str:
    """Return the path of the program.

    Raises
    ------
    UsageError
        It is not installed.
    """
    # An environment's programs are beside its Python, on PATH or not.
    folders = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which("plastimatch", path=folders)
    if found is None:
        raise UsageError("plastimatch is not installed", install("plastimatch"))
    return found


def plastimatch_masks(
    structure_set: DicomFile,
    images: Sequence[DicomFile],
    ROINumbers: Collection[int],
    grid: ImageGrid,
) -> dict[int, Spans]:
    """Return masks by ROINumber, as far as Plastimatch makes them, on the image's grid.

    Raises
    ------
    RtstructError
        ``unreadable_file``, ``plastimatch_failed`` or ``plastimatch_other_grid``.
    """
    with tempfile.TemporaryDirectory(prefix="rtstruct-") as name:
        folder = Path(name)
        (folder / "images").mkdir()
        for number, image in enumerate(images):
            target = folder / "images" / f"{number:06d}.dcm"
            if image.archive_member is None:
                target.symlink_to(Path(image.path).absolute())
            else:
                target.write_bytes(read_bytes(image.path, image.archive_member))
        dataset = read_dataset(structure_set.path, structure_set.archive_member)
        _write_renamed(dataset, ROINumbers, folder / "set.dcm")
        _run(folder)
        return {
            number: _read(path, grid)
            for number in ROINumbers
            if (path := folder / "masks" / f"roi{number}.nrrd").exists()
        }


def _write_renamed(dataset: Dataset, ROINumbers: Collection[int], path: Path) -> None:
    dataset.StructureSetROISequence = [
        item for item in dataset.StructureSetROISequence if item.ROINumber in ROINumbers
    ]
    for item in dataset.StructureSetROISequence:
        item.ROIName = f"roi{item.ROINumber}"
    dataset.ROIContourSequence = [
        item for item in dataset.ROIContourSequence if item.ReferencedROINumber in ROINumbers
    ]
    dataset.save_as(path)


def _run(folder: Path) -> None:
    words = [program(), "convert", "--xor-contours", "--prefix-format", "nrrd"]
    words += ["--input", str(folder / "set.dcm"), "--referenced-ct", str(folder / "images")]
    words += ["--output-prefix", str(folder / "masks")]
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines() or ["nothing"]
        raise RtstructError(
            "plastimatch_failed", f"plastimatch ended with {done.returncode} and said: {said[-1]}"
        )


def _read(path: Path, grid: ImageGrid) -> Spans:
    import SimpleITK

    image = SimpleITK.ReadImage(str(path))
    corner = [size - 1 for size in grid.shape[::-1]]
    ends = (grid.affine @ [*corner, 1])[:3], grid.slice_origins[0]
    found = image.TransformIndexToPhysicalPoint(corner), image.GetOrigin()
    if image.GetSize() != grid.shape[::-1] or not np.allclose(
        found, ends, atol=POSITION_TOLERANCE_MM
    ):
        raise RtstructError(
            "plastimatch_other_grid", "plastimatch's masks lie on other voxels than the image's"
        )
    return from_array(SimpleITK.GetArrayFromImage(image) != 0)
