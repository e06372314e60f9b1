"""NIfTI files read slice by slice, beside SimpleITK and nibabel."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest
import SimpleITK

from rtstruct.write.nifti_file import read_nifti

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = (5, 6, 7)


def some(kind: str, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    """Numbers in the midst, nothing around them."""
    voxels = np.zeros(shape, dtype=kind)
    inside = np.random.default_rng(3).integers(0, 100, (2, 3, 2))
    voxels[..., 1:3, 2:5, 3:5] = inside
    return voxels


@pytest.mark.parametrize("kind", ["uint8", "int16", "int32", "uint16", "float32"])
@pytest.mark.parametrize("volumes", [None, 3])
def test_the_same_voxels_as_simpleitk(tmp_path: Path, kind: str, volumes: int | None) -> None:
    path = tmp_path / "some.nii.gz"
    image = SimpleITK.GetImageFromArray(some(kind))
    if volumes:
        image = SimpleITK.JoinSeries([image * n for n in range(1, volumes + 1)])
    SimpleITK.WriteImage(image, str(path))
    expected = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    found = read_nifti(path)
    assert found is not None
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert np.array_equal(found, expected)
    assert np.array_equal(found.T, nibabel.load(path).get_fdata())


def test_other_files_are_left_to_others(tmp_path: Path) -> None:
    voxels = some("int16").T
    plain = nibabel.Nifti1Image(voxels, np.eye(4))
    big = nibabel.Nifti1Image(voxels, np.eye(4), plain.header.as_byteswapped(">"))
    scaled = nibabel.Nifti1Image(voxels, np.eye(4))
    scaled.header.set_slope_inter(2, 1)
    extended = nibabel.Nifti1Image(voxels, np.eye(4))
    extended.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", b"more"))
    flat = nibabel.Nifti1Image(voxels[..., 0], np.eye(4))
    wide = nibabel.Nifti1Image(voxels.astype(np.float64), np.eye(4))
    others = {"big": big, "scaled": scaled, "extended": extended, "flat": flat, "wide": wide}
    for name, image in others.items():
        nibabel.save(image, tmp_path / f"{name}.nii.gz")
    nibabel.save(plain, tmp_path / "plain.nii")
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(some("int16")), str(tmp_path / "other.nrrd"))
    paths = list(tmp_path.iterdir())
    assert len(paths) == len(others) + 2
    assert [path.name for path in paths if read_nifti(path) is not None] == []
    assert read_nifti(tmp_path / "absent.nii.gz") is None


def sized(content: bytes, *dimensions: int) -> bytes:
    return (
        content[:40] + np.array(dimensions, "<i2").tobytes() + content[40 + 2 * len(dimensions) :]
    )


def test_damage_is_seen_to_the_last_byte(tmp_path: Path) -> None:
    whole = tmp_path / "whole.nii.gz"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(some("uint8")), str(whole))
    content = whole.read_bytes()
    voxels = gzip.decompress(content)
    damaged = {
        "cut": content[:-9],
        "sum": content[:-5] + bytes([content[-5] ^ 1]) + content[-4:],
        "short": gzip.compress(voxels[:-1]),
        "long": gzip.compress(voxels + b"\0"),
        "empty": b"",
        "text": b"no gzip",
        "header": gzip.compress(voxels[:100]),
        "large": gzip.compress(sized(voxels, 3, 32767, 32767, 32767)),
        "larger": gzip.compress(sized(voxels, 4, 32767, 32767, 32767, 32767)),
    }
    for name, changed in damaged.items():
        path = tmp_path / f"{name}.nii.gz"
        path.write_bytes(changed)
        assert read_nifti(path) is None, name
    assert read_nifti(whole) is not None
