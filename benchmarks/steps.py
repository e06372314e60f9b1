"""Where the time of one conversion goes, from a cold start: ``python benchmarks/steps.py``."""

from __future__ import annotations

import cProfile
import pstats
import shutil
import sys
import tempfile
from pathlib import Path

import conversions
import one_set
import phantoms
from measured import Tool, in_turn

STARTS = {
    "start Python": "pass",
    "import numpy": "import numpy",
    "import the rest": "import rtstruct.conversion.masks.worker",
}
STEPS = {
    "read image headers": "read_image_stacks",
    "walk the structure set": "parse_structure_set",
    "text to numbers": "parse_decimals",
    "put contours on slices": "place",
    "fill": "rasterise",
    "compare with the contours": "slices_that_differ",
    "facts of masks": "shape_of",
    "compress": "nifti_mask",
    "write": "write_hashed",
    "sync": "sync_below",
}


def main() -> None:
    """Print the steps in ms; of those inside Python the profiler costs a third."""
    folder = Path(tempfile.mkdtemp(prefix="rtstruct-steps-"))
    try:
        phantoms.large_patient(folder / "0")
        conversions.ours([(folder / "0/rt.dcm", folder / "0/ct")], folder / "out")
        before = 0.0
        starts = {step: Tool([[sys.executable, "-c", program]]) for step, program in STARTS.items()}
        for step, cost in in_turn(starts).items():
            print(f"{step:26}{1000 * (cost.cpu_s - before):8.1f}")
            before = cost.cpu_s
        profile = cProfile.Profile()
        profile.runcall(one_set.convert, folder / "out/0.task", folder / "profile")
        functions = pstats.Stats(profile).stats  # type: ignore[attr-defined]
        spent = dict.fromkeys([*STEPS.values(), "convert"], 0.0)
        for (_, _, function), (_, _, _, cumulative, _) in functions.items():
            if function in spent:
                spent[function] += cumulative
        for step, function in STEPS.items():
            print(f"{step:26}{1000 * spent[function]:8.1f}")
        rest = spent["convert"] - sum(spent[function] for function in STEPS.values())
        print(f"{'all else':26}{1000 * rest:8.1f}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
