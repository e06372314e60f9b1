"""Its command, `imgtools autopipeline`: each ROI a mask of its own."""

import subprocess
from pathlib import Path

import pydicom


def convert(images: str, rt: str, out: str) -> None:
    first = next(path for path in sorted(Path(images).rglob("*")) if path.is_file())
    modality = pydicom.dcmread(first, force=True, specific_tags=["Modality"]).Modality
    program = ["imgtools", "autopipeline", str(Path(rt).parent), out]
    words = ["--modalities", f"{modality},RTSTRUCT", "--roi-match-map", "ROI:.*"]
    words += ["--roi-strategy", "SEPARATE", "--jobs", "1", "--crawl-directory", f"{out}/crawl"]
    subprocess.run([*program, *words], check=True)
    # `ROI__[Lung_L].nii.gz`, in a folder of the patient and the series.
    for path in sorted(Path(out).rglob("ROI__*.nii.gz")):
        name = path.name.removeprefix("ROI__[").removesuffix("].nii.gz")
        path.rename(Path(out) / f"{name}.nii.gz")
