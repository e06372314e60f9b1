"""Image series whose stored values are known, compressed in one way or another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import SimpleITK
from pydicom import dcmread
from pydicom.uid import JPEGLSLossless, RLELossless

from conversion.worker_task import COLUMNS, ROWS, SLICES, origins_of
from support.dicom_files import slice_of
from support.slow_rule import circle

if TYPE_CHECKING:
    from pathlib import Path

BALL = {k: [circle(14, 12, 6)] for k in range(2, 6)}
STORED = np.random.default_rng(2).integers(0, 3000, (SLICES, ROWS, COLUMNS), dtype=np.uint16)
LOSSLESS = {"native": None, "RLE": RLELossless, "JPEG-LS": JPEGLSLossless, "JPEG lossless": "JPEG"}


def write_images(
    folder: Path, compression: str = "native", slope: str = "1", positions: np.ndarray | None = None
) -> list[tuple[str, None]]:
    """Slices of ``STORED``, in an order of file names that is not theirs."""
    folder.mkdir(parents=True, exist_ok=True)
    origins = origins_of() if positions is None else positions
    for k, origin in enumerate(origins):
        dataset = slice_of(
            origin, PixelData=STORED[k].tobytes(), SamplesPerPixel=1, BitsStored=16, HighBit=15,
            PhotometricInterpretation="MONOCHROME2", RescaleSlope=slope, RescaleIntercept="-1024",
        )  # fmt: skip
        path = folder / f"{(k * 5) % len(origins)}.dcm"
        syntax = LOSSLESS[compression]
        if syntax == "JPEG":
            dataset = _as_jpeg(dataset, STORED[k], folder)
        elif syntax is not None:
            dataset.compress(syntax)
        dataset.save_as(path)
    return [(str(path), None) for path in sorted(folder.glob("*.dcm"))]


def _as_jpeg(dataset: object, pixels: np.ndarray, folder: Path) -> object:
    writer = SimpleITK.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.SetFileName(str(folder / "jpeg"))
    writer.SetUseCompression(True)
    writer.SetCompressor("JPEG")
    writer.Execute(SimpleITK.GetImageFromArray(pixels[None]))
    made = dcmread(folder / "jpeg")
    dataset.PixelData = made.PixelData
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = made.file_meta.TransferSyntaxUID
    (folder / "jpeg").unlink()
    return dataset
