"""Files of masks, read back by independent readers."""

from __future__ import annotations

import gzip
import zlib
from hashlib import sha256
from typing import TYPE_CHECKING, get_args, get_type_hints

import nibabel
import nrrd
import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st

from rtstruct.conversion.task import Options
from rtstruct.errors import RtstructError
from rtstruct.geometry.grid import ImageGrid, grid_from_slices
from rtstruct.geometry.spans import Spans
from rtstruct.write.formats import SUFFIXES
from rtstruct.write.mask_gzip import gzip_mask
from rtstruct.write.masks import write_mask, write_stack

if TYPE_CHECKING:
    from pathlib import Path

AXES = {
    "axial": [[1, 0, 0], [0, 1, 0]],
    "feet first": [[-1, 0, 0], [0, 1, 0]],
    "prone": [[-1, 0, 0], [0, -1, 0]],
    "sagittal": [[0, 1, 0], [0, 0, -1]],
    "coronal": [[1, 0, 0], [0, 0, -1]],
    "upside down": [[0, -1, 0], [-1, 0, 0]],
    "oblique": [[0.96, 0.28, 0.0], [-0.28, 0.96, 0.0]],
    "double oblique": [[0.8, 0.36, 0.48], [-0.6, 0.48, 0.64]],
}


def grid_of(name: str, shape: tuple[int, int, int] = (7, 9, 11)) -> ImageGrid:
    axes = np.array(AXES[name], float)
    origins = np.array([-31.5, 17.25, 803.0]) + np.outer(2.5 * np.arange(shape[0]), np.cross(*axes))
    return grid_from_slices(
        origins, *axes, rows=shape[1], columns=shape[2], row_spacing_mm=1.5, column_spacing_mm=0.75
    )


def spans_of(volume: np.ndarray) -> Spans:
    """Runs of a mask, found row by row."""
    rows = volume.reshape(-1, volume.shape[2])
    edges = np.diff(np.pad(rows, ((0, 0), (1, 1))).astype(int), axis=1)
    (row, start), (_, end) = np.nonzero(edges == 1), np.nonzero(edges == -1)
    return Spans(row * rows.shape[1] + start, row * rows.shape[1] + end, volume.shape)


def random_volume(shape: tuple[int, int, int]) -> np.ndarray:
    return (np.random.default_rng(5).random(shape) < 0.3).astype(np.uint8)


@pytest.mark.parametrize("file_format", SUFFIXES)
@pytest.mark.parametrize("axes", AXES)
def test_simple_itk_finds_every_voxel_where_it_is(
    tmp_path: Path, axes: str, file_format: str
) -> None:
    grid = grid_of(axes)
    volume = random_volume(grid.shape)
    path = tmp_path / f"mask{SUFFIXES[file_format]}"
    digest = write_mask(path, spans_of(volume), grid, file_format)
    assert digest == sha256(path.read_bytes()).hexdigest()
    image = SimpleITK.ReadImage(str(path))
    assert image.GetPixelID() == SimpleITK.sitkUInt8
    assert np.array_equal(SimpleITK.GetArrayFromImage(image), volume)
    row, column = np.array(AXES[axes], float)
    for i, j, k in [(0, 0, 0), (10, 0, 0), (0, 8, 0), (0, 0, 6), (10, 8, 6)]:
        expected = (
            np.array([-31.5, 17.25, 803.0])
            + 0.75 * i * row
            + 1.5 * j * column
            + 2.5 * k * np.cross(row, column)
        )
        assert np.allclose(image.TransformIndexToPhysicalPoint((i, j, k)), expected, atol=1e-4)


@pytest.mark.parametrize("axes", AXES)
def test_both_transforms_of_nifti_say_the_same(tmp_path: Path, axes: str) -> None:
    grid = grid_of(axes)
    volume = random_volume(grid.shape)
    write_mask(tmp_path / "mask.nii.gz", spans_of(volume), grid, "nifti")
    image = nibabel.load(tmp_path / "mask.nii.gz")
    assert np.array_equal(np.asarray(image.dataobj).transpose(2, 1, 0), volume)
    expected = np.diag([-1, -1, 1, 1]) @ grid.affine
    assert np.allclose(image.get_sform(), expected, atol=1e-4)
    assert np.allclose(image.get_qform(), expected, atol=1e-4)
    assert (image.get_sform(coded=True)[1], image.get_qform(coded=True)[1]) == (1, 1)
    assert image.header.get_xyzt_units()[0] == "mm"


def test_an_empty_mask_is_a_file_of_zeros(tmp_path: Path) -> None:
    grid = grid_of("axial", (40, 300, 300))
    write_mask(tmp_path / "mask.nii.gz", spans_of(np.zeros(grid.shape, np.uint8)), grid, "nifti")
    data = np.asarray(nibabel.load(tmp_path / "mask.nii.gz").dataobj)
    assert data.shape == (300, 300, 40)
    assert not data.any()
    assert (tmp_path / "mask.nii.gz").stat().st_size < 10_000


def test_a_mask_with_long_gaps_is_whole_and_small(tmp_path: Path) -> None:
    grid = grid_of("axial", (60, 400, 400))
    volume = np.zeros(grid.shape, np.uint8)
    volume[3, 50:60, 7:9] = volume[30, 399, 399] = volume[31, 0, 0] = volume[59, :, 399] = 1
    for n in range(2):
        write_mask(tmp_path / f"{n}.nii.gz", spans_of(volume), grid, "nifti")
    assert (tmp_path / "0.nii.gz").read_bytes() == (tmp_path / "1.nii.gz").read_bytes()
    data = np.asarray(nibabel.load(tmp_path / "0.nii.gz").dataobj)
    assert np.array_equal(data.transpose(2, 1, 0), volume)
    assert (tmp_path / "0.nii.gz").stat().st_size < 30_000


def test_more_voxels_along_an_axis_than_nifti_can_say_are_refused(tmp_path: Path) -> None:
    grid = grid_of("axial", (1, 1, 40_000))
    empty = np.empty(0, np.int64)
    with pytest.raises(RtstructError) as caught:
        write_mask(tmp_path / "mask.nii.gz", Spans(empty, empty, grid.shape), grid, "nifti")
    assert caught.value.code == "format_limit"
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 90_000), st.integers(1, 2_000)), max_size=8),
    st.integers(0, 3_000),
    st.sampled_from([1, 2, 7, 259, 512]),
    st.binary(max_size=400),
)
def test_any_runs_are_one_ordinary_gzip_member(
    parts: list[tuple[int, int]], tail: int, columns: int, prefix: bytes
) -> None:
    plain = b"".join(bytes(gap) + b"\1" * length for gap, length in parts) + bytes(tail)
    plain += bytes(-len(plain) % columns or columns)
    volume = np.frombuffer(plain, np.uint8).reshape(1, -1, columns)
    packed = gzip_mask(prefix, spans_of(volume))
    assert gzip.decompress(packed) == prefix + plain
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert member.decompress(packed) == prefix + plain
    assert (member.eof, member.unused_data) == (True, b"")


def test_every_length_of_run() -> None:
    for length in [*range(1, 1100), 5_000, 100_000]:
        volume = np.zeros((1, 1, 3 * length), np.uint8)
        volume[0, 0, length : 2 * length] = 1
        assert gzip.decompress(gzip_mask(b"", spans_of(volume))) == volume.tobytes()


def test_lengths_beyond_32_bits_wrap_as_the_format_says() -> None:
    shape = (5 << 10, 1 << 10, 1 << 10)
    ends = np.array([np.prod(shape)], dtype=np.int64)
    packed = gzip_mask(b"abc", Spans(ends - 1, ends, shape))
    assert int.from_bytes(packed[-4:], "little") == (1 << 30) + 3


def test_readers_agree_on_masks_along_a_fourth_axis(tmp_path: Path) -> None:
    grid = grid_of("double oblique")
    rng = np.random.default_rng(6)
    volumes = [(rng.random(grid.shape) < share).astype(np.uint8) for share in (0.5, 0, 0.02, 1)]
    path = tmp_path / "masks.nii.gz"
    digest = write_stack(path, [spans_of(volume) for volume in volumes], grid)
    assert digest == sha256(path.read_bytes()).hexdigest()
    image = nibabel.load(path)
    assert image.shape == (11, 9, 7, 4)
    assert np.array_equal(np.asanyarray(image.dataobj).T, volumes)
    stack = SimpleITK.ReadImage(str(path))
    assert np.array_equal(SimpleITK.GetArrayFromImage(stack), volumes)
    one = tmp_path / "one.nii.gz"
    write_mask(one, spans_of(volumes[0]), grid, "nifti")
    assert np.allclose(image.affine, nibabel.load(one).affine)
    # The file is one plain gzip member: header, then voxels.
    assert gzip.decompress(path.read_bytes())[352:] == np.array(volumes).tobytes()


def test_nrrd_reads_back_without_itk(tmp_path: Path) -> None:
    grid = grid_of("oblique")
    volume = random_volume(grid.shape)
    write_mask(tmp_path / "mask.nrrd", spans_of(volume), grid, "nrrd")
    voxels, header = nrrd.read(str(tmp_path / "mask.nrrd"))
    assert np.array_equal(voxels.T, volume)
    assert header["space"] == "left-posterior-superior"
    assert np.allclose(header["space origin"], [-31.5, 17.25, 803.0])
    steps = np.array([0.75, 1.5, 2.5])[:, None] * np.array(
        [*AXES["oblique"], np.cross(*AXES["oblique"])]
    )
    assert np.allclose(header["space directions"], steps)


def test_options_know_every_format() -> None:
    known = get_args(get_type_hints(Options)["format"])
    assert sorted(known) == sorted([*SUFFIXES, "seg"])
