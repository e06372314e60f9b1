"""Plastimatch of PyPI, as its manual says."""

import subprocess


def convert(images: str, rt: str, out: str, *more: str) -> None:
    words = ["--input", rt, "--referenced-ct", images, "--output-prefix", out]
    program = ["plastimatch", "convert", "--prefix-format", "nii.gz"]
    subprocess.run([*program, *words, *more], check=True)
