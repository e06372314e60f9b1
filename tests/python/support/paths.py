"""SVG paths, as the pictures draw them."""

from __future__ import annotations

import re


def extent(path: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of an SVG path of absolute lines."""
    number = r"(-?[\d.]+)"
    x = [float(n) for n in re.findall(rf"[MLH]{number}", path)]
    y = [float(n) for n in re.findall(rf"(?:[ML]-?[\d.]+ |V){number}", path)]
    return min(x), min(y), max(x), max(y)
