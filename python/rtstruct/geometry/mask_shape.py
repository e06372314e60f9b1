"""Facts of a mask by which SQL can judge it: its surface, extent, parts, holes and gaps."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MaskShape:
    """Facts of a mask that has voxels."""

    surface_area_mm2: float | None
    """None where slices are not evenly spaced."""
    sphericity: float | None
    """Surface of the ball of the same volume over the surface of the mask: 1 for a ball, less for
    all else. The steps of voxels make a surface up to an eighth larger, so that a ball has 0.9."""
    largest_diameter_mm: float
    """Greatest distance between the outer faces' centres of two voxels."""
    component_count: int
    """Parts that do not even share a corner."""
    largest_component_share: float
    """Share of the voxels that the largest part has."""
    hole_count: int
    """Cavities: background enclosed on all sides."""
    hole_volume_mL: float
    gap_slice_count: int
    """Slices without a voxel between the first and the last one with voxels."""
    touches_side: bool
    """Whether it reaches the first or last row or column of the image."""
    touches_end: bool
    """Whether it reaches the first or last slice of the image."""
