"""Sets of every layout from the phantom cohort, for `check_export.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import rtstruct
from rtstruct.export.run import Choices, export
from rtstruct.phantom.cohort import write_cohort

LUNGS = "structure = 'Lung' and PatientID in ('CT-ENGLISH', 'CT-FRENCH', 'CT-MISSING-SLICE')"


def main() -> None:
    root = Path(sys.argv[1])
    write_cohort(root / "dicom")
    workspace = rtstruct.open(root / "workspace")
    workspace.index(root / "dicom")
    workspace.build()
    home = workspace.home
    export(home, LUNGS, root / "Dataset001_Lungs", Choices("nnunet"))
    targets = "ROIName in ('GTV-1', 'PTV_60Gy')"
    export(home, targets, root / "Dataset002_Targets", Choices("nnunet", overlap="regions"))
    export(home, LUNGS, root / "monai", Choices("monai"))
    export(home, LUNGS, root / "pyradiomics", Choices("pyradiomics"))
    volumes = workspace.sql("""
        select PatientID || '/' || structure || '_' || laterality, mask_volume_mL
        from registry.masks where structure = 'Lung'
    """).fetchall()
    (root / "volumes.json").write_text(json.dumps(dict(volumes)))


if __name__ == "__main__":
    main()
