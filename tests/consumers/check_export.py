"""Exported sets in the hands of those they are made for: nnU-Net, MONAI, pyradiomics.

Run by `make test-consumers`, in an environment of its own: `check_export.py FOLDER`, where FOLDER
holds the sets that `make_sets.py` wrote.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

import numpy as np


def nnunet(root: Path) -> str:
    """nnU-Net's own check of a data set: names, labels, shapes, spacings, affines."""
    os.environ |= {
        name: str(root) for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")
    }
    from nnunetv2.experiment_planning.verify_dataset_integrity import verify_dataset_integrity

    verify_dataset_integrity(str(root / "Dataset001_Lungs"), num_processes=1)
    verify_dataset_integrity(str(root / "Dataset002_Targets"), num_processes=1)
    return "2 data sets pass its integrity check"


def monai(root: Path) -> str:
    """MONAI's datalist and loader: image and label on one grid, the labels that were drawn."""
    from monai.data import load_decathlon_datalist
    from monai.transforms import LoadImaged

    folder = root / "monai"
    entries = load_decathlon_datalist(str(folder / "datalist.json"), True, "training")
    load = LoadImaged(keys=["image", "label"])
    for entry in entries:
        case = load(entry)
        assert case["image"].shape == case["label"].shape
        assert np.allclose(case["image"].affine, case["label"].affine)
        assert set(np.unique(case["label"].numpy())) == {0, 1, 2}
    return f"{len(entries)} cases loaded"


def pyradiomics(root: Path) -> str:
    """pyradiomics accepts the geometry, and computes the volume that the registry states."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    folder = root / "pyradiomics"
    extractor = RadiomicsFeatureExtractor()
    extractor.disableAllFeatures()
    extractor.enableFeaturesByName(shape=["VoxelVolume"])
    volumes = json.loads((root / "volumes.json").read_text())
    rows = list(csv.DictReader((folder / "cases.csv").open()))
    for row in rows:
        result = extractor.execute(
            str(folder / row["Image"]), str(folder / row["Mask"]), label=int(row["Label"])
        )
        found = float(result["original_shape_VoxelVolume"]) / 1000
        expected = volumes[f"{row['PatientID']}/{row['Structure']}"]
        assert abs(found - expected) < 1e-3 * expected, (row, found, expected)
    return f"{len(rows)} volumes equal to the registry's"


def main() -> int:
    root, failed = Path(sys.argv[1]), 0
    for consumer in (nnunet, monai, pyradiomics):
        try:
            print(f"{consumer.__name__}: {consumer(root)}")
        except ModuleNotFoundError as error:
            print(f"{consumer.__name__}: not installed ({error.name})")
        except (AssertionError, RuntimeError, ValueError) as error:
            failed += 1
            print(f"{consumer.__name__}: FAILED: {error}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
