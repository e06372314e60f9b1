"""Images with their masks and contours, open in memory: slices and lines on demand."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rtstruct.catalog.query import connect, has_tables
from rtstruct.errors import RtstructError, UsageError
from rtstruct.quoting import for_sql
from rtstruct.report.data_files import plain
from rtstruct.report.gallery import color_of, jobs_of
from rtstruct.report.pictures.lines import contour_path, edge_path, fill_path
from rtstruct.report.pictures.make import Scene, contours_of
from rtstruct.report.pictures.mask_files import read_mask
from rtstruct.report.pictures.planes import Plane, planes
from rtstruct.report.pictures.svg import evenly
from rtstruct.report.pictures.window import BONE, LUNG, SOFT_TISSUE, grey, window_of
from rtstruct.report.questions import sql_of
from rtstruct.view.volumes import label_volume

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rtstruct.geometry.contours import PlacedContours
    from rtstruct.home import Home
    from rtstruct.report.pictures.make import MaskToShow, PictureJob

KEPT = 2
"""So many images stay in memory."""
_IDENTITY = re.compile(r"[0-9a-f]{16}")
_PRESETS = {
    "CT": (("soft tissue", SOFT_TISSUE), ("lung", LUNG), ("bone", BONE), ("brain", (40.0, 80.0)))
}


def warm_up() -> None:
    """Load what the first scene needs, before somebody waits for it."""
    for module in ("PIL.JpegImagePlugin", "pydicom.pixels.utils"):
        import_module(module)


class OpenScene:
    """One structure set on its image."""

    def __init__(self, job: PictureJob, records: list[dict[str, Any]]) -> None:
        self._job = job
        self._records = records
        self._scene = Scene(job.task)
        context = self._scene.context(job.masks[0].structure_set_key)
        self.grid = self._scene.grid_of(context)
        self._context = context
        self.planes: tuple[Plane, ...] = planes(self.grid)
        self._spans = {
            record["ROINumber"]: {
                axis: (record[f"{name}_min"], record[f"{name}_max"])
                for axis, name in enumerate("kji")
                if record[f"{name}_min"] is not None
            }
            for record in records
        }
        self.image, _ = self._scene.image_on(context)
        self._pool = ThreadPoolExecutor(2)
        # Reading begins at once; what is on the slices that are shown first is read first.
        reading = {
            mask.ROINumber: self._pool.submit(self._read, mask)
            for mask in sorted(job.masks, key=self._is_elsewhere)
        }
        self._masks = {mask.ROINumber: reading[mask.ROINumber] for mask in job.masks}

    @property
    def patient(self) -> tuple[str | None, str | None]:
        """Collection and PatientID."""
        return self._records[0]["collection_id"], self._records[0]["PatientID"]

    def close(self) -> None:
        """Forget what has not begun to be read."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _is_elsewhere(self, mask: MaskToShow) -> bool:
        """Whether a mask is on none of the slices where the viewer begins: the first ROI's."""
        first, spans = (
            self._spans.get(number, {})
            for number in (self._records[0]["ROINumber"], mask.ROINumber)
        )
        return not any(
            low <= (first[axis][0] + first[axis][1] + 1) // 2 <= high
            for axis, (low, high) in spans.items()
            if axis in first
        )

    def _read(self, mask: MaskToShow) -> NDArray[np.bool_] | None:
        try:
            return read_mask(mask.path, mask.label, self._job.task.options.layout, self.grid)
        except RtstructError:
            return None

    def mask(self, number: int) -> NDArray[np.bool_] | None:
        """(slices, rows, columns); None where its file is gone or damaged."""
        return self._masks[number].result()

    @cached_property
    def _contours(self) -> dict[int, PlacedContours]:
        placed = {}
        for mask in self._job.masks:
            found = contours_of(self._context, mask.ROINumber)
            if found is not None:
                placed[mask.ROINumber] = found
        return placed

    def facts(self, patient: str | None) -> dict[str, Any]:
        """What the page needs to know before it asks for slices."""
        first = self._records[0]
        modality = self._job.modality
        presets = [
            (name, centre - width / 2, centre + width / 2)
            for name, (centre, width) in _PRESETS.get(modality or "", ())
        ]
        if not presets and self.image is not None:
            presets = [("image", *window_of(modality, self.image, self.image[:0]))]
        return {
            "collection": first["collection_id"],
            "patient": patient,
            "modality": modality,
            "presets": presets,
            "has_image": self.image is not None,
            "planes": [
                {
                    "name": plane.name,
                    "normal": plane.normal,
                    "slices": self.grid.shape[plane.normal],
                    **{
                        way: {
                            "place": axis.place,
                            "flipped": axis.is_flipped,
                            "letters": axis.letters,
                            "edges": axis.screen_edges.round(3).tolist(),
                        }
                        for way, axis in (("right", plane.right), ("down", plane.down))
                    },
                }
                for plane in self.planes
            ],
            "rois": [self._roi(record) for record in self._records],
        }

    def _roi(self, record: dict[str, Any]) -> dict[str, Any]:
        red, green, blue = color_of(record["ROIDisplayColor"], record["ROINumber"])
        box = [record[f"{axis}_{end}"] for end in ("min", "max") for axis in "kji"]
        return {
            "number": record["ROINumber"],
            "name": plain(record["ROIName"]),
            "structure": record["tg263_name"] or record["structure"],
            "color": f"#{red:02x}{green:02x}{blue:02x}",
            "is_outline": record["roi_class"] == "EXTERNAL",
            "volume_mL": record["mask_volume_mL"],
            "box": box if None not in box else None,
        }

    def slice(self, plane: Plane, index: int, window: tuple[float, float]) -> bytes:
        """The image's slice as JPEG, its voxels evenly sized, as the screen shows them."""
        from PIL import Image

        if self.image is None:
            shades = np.zeros((1, 1), dtype=np.uint8)
        else:
            shades = grey(plane.cut(self.image, index), window)
            shades = evenly(shades, plane.down.screen_edges, 0)
            shades = evenly(shades, plane.right.screen_edges, 1)
        content = BytesIO()
        Image.fromarray(np.ascontiguousarray(shades), mode="L").save(content, "JPEG", quality=88)
        return content.getvalue()

    def contours(self, plane: Plane, index: int) -> dict[int, str]:
        """Paths by ROINumber, mm on the screen."""
        paths = {n: contour_path(one, plane, index) for n, one in self._contours.items()}
        return {number: path for number, path in paths.items() if path}

    def edges(self, plane: Plane, index: int) -> dict[int, tuple[str, str]]:
        """Edge and area of each mask by ROINumber, mm on the screen."""
        found = {}
        right, down = plane.right.screen_edges, plane.down.screen_edges
        for number in self._masks:
            low, high = self._spans.get(number, {}).get(plane.normal, (0, index))
            # Masks that are elsewhere need not have been read yet.
            mask = self.mask(number) if low <= index <= high else None
            if mask is not None and (cut := plane.cut(mask, index)).any():
                found[number] = (edge_path(cut, right, down), fill_path(cut, right, down))
        return found

    def labels(self) -> bytes:
        """All masks as one small label volume (NIfTI), each by its place in the list of ROIs."""
        masks = [self.mask(record["ROINumber"]) for record in self._records]
        return label_volume(masks, self.grid)


class Scenes:
    """The scenes that were asked for last."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._open: OrderedDict[str, OpenScene] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, conversion: str) -> OpenScene:
        """The scene of a conversion, by the first 16 digits of its conversion_id.

        Raises
        ------
        RtstructError
            There is none, or its files are not at hand.
        """
        with self._lock:
            if conversion not in self._open:
                self._open[conversion] = self._read(conversion)
                while len(self._open) > KEPT:
                    self._open.popitem(last=False)[1].close()
            self._open.move_to_end(conversion)
            return self._open[conversion]

    def _read(self, conversion: str) -> OpenScene:
        if not _IDENTITY.fullmatch(conversion):
            raise UsageError("this is no conversion")
        with connect(self._home) as connection:
            if not has_tables(connection, "registry.masks"):
                raise UsageError("nothing has been converted yet")
            cursor = connection.execute(
                f"select * from ({sql_of('masks')}) where starts_with(conversion_id, ?)"  # noqa: S608 - our own SQL
                " order by ROINumber",
                [conversion],
            )
            names = [column[0] for column in cursor.description]
            records = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        if not records:
            raise UsageError("the registry has no such conversion")
        key = for_sql(records[0]["structure_set_key"])
        due = [(record, Path()) for record in records]
        jobs, _ = jobs_of(self._home, due, f"structure_set_key = {key}")
        if not jobs:
            raise UsageError(
                "its structure set is no longer in the catalog", "Run `rtstruct index`"
            )
        return OpenScene(jobs[0], records)
