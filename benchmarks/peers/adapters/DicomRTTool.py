"""The four steps of its README: walk, list, select all, write."""

from pathlib import Path

from DicomRTTool.ReaderWriter import DicomReaderWriter


def convert(images: str, rt: str, out: str) -> None:
    reader = DicomReaderWriter(require_all_contours=False)
    # It takes one folder: structure set and images lie in one.
    reader.walk_through_folders(str(Path(rt).parent))
    reader.write_to_folder(out, rois=reader.return_rois(print_rois=False))
