"""Its own NIfTI writer."""

import sys
from pathlib import Path

import cerr.plan_container as pc


def convert(images: str, rt: str, out: str) -> None:
    plan = pc.loadDcmDir(str(Path(rt).parent))
    for n, structure in enumerate(plan.structure):
        name = structure.structureName
        try:
            pc.saveNiiStructure(f"{out}/{name}.nii.gz", {name: 1}, plan, [n], dim=3)
        except Exception as error:
            print(f"ERROR {name}: {error}", file=sys.stderr)
