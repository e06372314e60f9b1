"""How the contours of a ROI were drawn, in numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Drawing:
    """How the contours of a ROI were drawn: what a user of its mask should know."""

    volume_mL: float = 0.0
    """Of the contours alone: areas on their planes times the distances between these."""
    slab_volume_mL: float = 0.0
    """Of what the slices hold: exact areas on them times the thickness of their slabs."""
    end_volume_mL: float = 0.0
    """What half a slice at every end holds, where planes are not those of the slices."""
    moved_volume_mL: float = 0.0
    """What may lie elsewhere, as contours between slices were moved onto these: as much as the
    areas of neighbouring planes differ, over the distances moved."""
    tilt_degrees: float = 0.0
    """Of the planes against the slices; 0 where each plane went to one slice."""
    is_cut: bool = False
    """Whether slices take what is nearest to them, rather than each plane one slice."""
    spacing: float = float("nan")
    """Usual distance between planes, in slices; nan if there is none."""
    shift: float = 0.0
    """Largest distance between a plane and the slice it went to, in slices."""
    empty_slices: int = 0
    """How many slices between contours of one structure hold none."""
    copies: int = 0
    """Contours that repeat another."""
    strokes: int = 0
    """Contours that overlap another, neither nested in it nor a copy."""
    crossed: int = 0
    """Contours that overlap themselves, where areas are exact for every contour."""
    slivers: int = 0
    """Contours of three points or more that enclose nothing."""
    bent: int = 0
    """Contours that are not flat."""
    bend_mm: float = 0.0
    """How far the worst vertex lies off its plane."""
