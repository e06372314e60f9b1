"""Execute the notebooks of docs/notebooks, in their order, and keep what they print."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbclient import NotebookClient

if TYPE_CHECKING:
    from nbformat import NotebookNode

FOLDER = Path(__file__).parent / "notebooks"
# The second goes on in the workspace of the first.
NAMES = ("masks_and_features.ipynb", "agreement_and_training_set.ipynb")


def executed(name: str, folder: Path) -> NotebookNode:
    """Return a notebook as a fresh Jupyter kernel in a folder leaves it.

    Without times and versions, which differ from day to day and from machine to machine.
    """
    notebook = nbformat.read(FOLDER / name, as_version=4)
    metadata = {**notebook.metadata}
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    notebook.metadata = metadata
    return notebook


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            nbformat.write(executed(name, Path(folder)), FOLDER / name)


if __name__ == "__main__":
    main()
