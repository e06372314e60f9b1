"""Series of several stacks, with a structure set, and the masks that must come of it.

Each stack has pixels of one value of its own, so that an image shows which one it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from rtstruct.phantom.identity import phantom_uid
from support.dicom_files import AXIAL, contour, enhanced, slice_of
from support.dicom_files import structure_set as structure_set_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Sequence as Rows
    from pathlib import Path

    from pydicom.dataset import FileDataset

CORONAL = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
SHAPE = (26, 30)
BOX = (4.5, 6.5, 19.5, 15.5)
"""x and y of two corners, half way between voxels of 1 mm: 15 by 9 of them."""


@dataclass(frozen=True)
class Made:
    """The mask that must come of a ROI on a stack."""

    ROIName: str
    stack_number: int | None
    value: int
    """Of the pixels of the stack."""
    slices: int
    drawn: tuple[int, ...]
    """Slices with the box on them."""
    note: str | None = None


@dataclass
class Case:
    images: list[FileDataset]
    rois: dict[str, list[tuple[float, FileDataset | None]]]
    """Heights of boxes, and the image that each names."""
    made: list[Made]
    listed: list[FileDataset] = field(default_factory=list)
    failures: set[tuple[str, str]] = field(default_factory=set)
    patient: str | None = None
    """Of the structure set, if it is not that of the case."""


def stack(name: str, value: int, heights: Iterable[float], **told: Any) -> list[FileDataset]:
    made = []
    for z in heights:
        uid = phantom_uid("stacks", name, str(value), str(z))
        dataset = slice_of(np.array([0, 0, z]), **told)
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsStored, dataset.HighBit = 16, 15
        dataset.PixelData = np.full(SHAPE, value, dtype="<u2").tobytes()
        made.append(dataset)
    return made


def even(count: int, step: float = 3.0, start: float = 0.0) -> list[float]:
    return [start + step * k for k in range(count)]


def on(images: Rows[FileDataset], *places: int) -> list[tuple[float, FileDataset | None]]:
    """Boxes on some images, which they name."""
    return [(float(images[k].ImagePositionPatient[2]), images[k]) for k in places]


def unnamed(boxes: list[tuple[float, FileDataset | None]]) -> list[Any]:
    return [(z, None) for z, _ in boxes]


def acquisitions(name: str, count: int, **told: Any) -> list[list[FileDataset]]:
    return [
        stack(name, 100 * k, even(9), AcquisitionNumber=str(k), **told) for k in range(1, count + 1)
    ]


def two_named_first(name: str) -> Case:
    one, two = acquisitions(name, 2)
    return Case([*one, *two], {"A": on(one, 2, 3, 4)}, [Made("A", 1, 100, 9, (2, 3, 4))])


def three_named_last(name: str) -> Case:
    one, two, three = acquisitions(name, 3)
    return Case(
        [*one, *two, *three],
        {"A": on(three, 2, 3)},
        [Made("A", 3, 300, 9, (2, 3))],
        listed=[*one, *two, *three],
    )


def both_named(name: str) -> Case:
    one, two = acquisitions(name, 2)
    return Case(
        [*one, *two],
        {"both": [*on(one, 2, 3), *on(two, 4)], "first": on(one, 5)},
        [
            Made("both", 1, 100, 9, (2, 3), "on_another_stack"),
            Made("both", 2, 200, 9, (4,), "on_another_stack"),
            Made("first", 1, 100, 9, (5,)),
        ],
        failures={("first", "drawn_elsewhere")},
    )


def none_named(name: str) -> Case:
    one, two = acquisitions(name, 2)
    boxes = unnamed(on(one, 2, 3))
    return Case(
        [*one, *two], {"A": boxes}, [], listed=[*one, *two], failures={("A", "ambiguous_stack")}
    )


def one_listed(name: str) -> Case:
    one, two = acquisitions(name, 2)
    boxes = unnamed(on(one, 2, 3))
    return Case([*one, *two], {"A": boxes}, [Made("A", 2, 200, 9, (2, 3))], listed=two)


def interleaved(name: str) -> Case:
    one = stack(name, 100, even(9), AcquisitionNumber="1")
    two = stack(name, 200, even(9, start=1.5), AcquisitionNumber="2")
    return Case([*one, *two], {"A": on(two, 2, 3, 4)}, [Made("A", 2, 200, 9, (2, 3, 4))])


def interleaved_unnamed(name: str) -> Case:
    case = interleaved(name)
    return Case(
        case.images,
        {"A": unnamed(case.rois["A"])},
        [Made("A", 2, 200, 9, (2, 3, 4), "stack_by_contour_position")],
        listed=case.images,
        failures={("A", "drawn_elsewhere")},
    )


def phases(name: str) -> Case:
    all_phases = [
        stack(name, 10 * k, even(6), TemporalPositionIdentifier=str(k)) for k in range(1, 5)
    ]
    return Case(
        [each for phase in all_phases for each in phase],
        {"A": on(all_phases[2], 1, 2)},
        [Made("A", 3, 30, 6, (1, 2))],
    )


def b_values(name: str) -> Case:
    low, high = (stack(name, b + 1, even(6), DiffusionBValue=float(b)) for b in (0, 800))
    mixed = [each for pair in zip(low, high, strict=True) for each in pair]
    return Case(mixed, {"A": on(high, 1, 2)}, [Made("A", 2, 801, 6, (1, 2))])


def dce(name: str) -> Case:
    all_phases = [
        stack(name, k, even(5), TriggerTime=str(100 * k), AcquisitionNumber="1")
        for k in range(1, 21)
    ]
    by_slice = [phase[k] for k in range(5) for phase in all_phases]
    return Case(by_slice, {"A": on(all_phases[16], 1, 2)}, [Made("A", 17, 17, 5, (1, 2))])


def doubled(name: str) -> Case:
    main, extra = stack(name, 100, even(9)), stack(name, 999, [12.0])
    return Case([*main, *extra], {"A": on(main, 3, 4, 5)}, [Made("A", 1, 100, 9, (3, 4, 5))])


def localizer(name: str) -> Case:
    scout = stack(name, 999, [7.0], ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    main = stack(name, 100, even(9))
    return Case([*scout, *main], {"A": unnamed(on(main, 3, 4))}, [Made("A", 1, 100, 9, (3, 4))])


def orientations(name: str) -> Case:
    axial = stack(name, 100, even(9))
    coronal = stack(name, 200, [40.0], axes=CORONAL)
    return Case(
        [*axial, *coronal],
        {"A": unnamed(on(axial, 3, 4))},
        [Made("A", 1, 100, 9, (3, 4), "stack_by_contour_position")],
        listed=[*axial, *coronal],
        failures={("A", "drawn_elsewhere")},
    )


def another_series(name: str) -> Case:
    one = stack(name, 100, even(9))
    other = stack(name, 200, even(9), SeriesInstanceUID=phantom_uid("stacks", name, "other"))
    return Case([*one, *other], {"A": on(other, 2, 3)}, [Made("A", 1, 200, 9, (2, 3))], listed=one)


def a_series_for_each_slice(name: str) -> Case:
    """Of two acquisitions."""
    one, two = acquisitions(name, 2)
    for k, image in enumerate([*one, *two]):
        image.SeriesInstanceUID = phantom_uid("stacks", name, "slice", str(k))
    return Case([*one, *two], {"A": on(two, 2, 3, 4)}, [Made("A", 2, 200, 9, (2, 3, 4))])


def two_patients(name: str) -> Case:
    mine = stack(name, 100, even(9))
    theirs = stack(name, 200, even(9), PatientID="a stranger")
    return Case([*mine, *theirs], {"A": on(mine, 2, 3)}, [Made("A", 1, 100, 9, (2, 3))])


def moved(name: str) -> Case:
    images = stack(name, 100, even(9))
    boxes = [(z + 3.0, image) for z, image in on(images, 2, 3)]
    return Case(images, {"A": boxes}, [Made("A", 1, 100, 9, (3, 4), "image_position_differs")])


def two_stacks_of_frames(name: str) -> tuple[FileDataset, Callable[[int], Any]]:
    """An enhanced image of two stacks of five frames, and its frames by number."""
    origins = np.array([[0, 0, z] for _ in range(2) for z in even(5)])
    dataset = enhanced(origins, AXIAL, (1.0, 1.0))
    uid = phantom_uid("stacks", name, "enhanced")
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsStored, dataset.HighBit = 16, 15
    for k, groups in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        content = Dataset()
        content.StackID, content.InStackPositionNumber = str(1 + k // 5), 1 + k % 5
        groups.FrameContentSequence = Sequence([content])
    values = np.repeat([100, 200], 5)[:, None, None]
    dataset.PixelData = np.broadcast_to(values, (10, *SHAPE)).astype("<u2").tobytes()

    def frame(number: int) -> Any:
        item = Dataset()
        item.SOPClassUID, item.SOPInstanceUID = dataset.SOPClassUID, uid
        item.frame_number = number
        return item

    return dataset, frame


def stacks_of_frames(name: str) -> Case:
    dataset, frame = two_stacks_of_frames(name)
    boxes = [(even(5)[k], frame(6 + k)) for k in (1, 2)]
    return Case(
        [dataset],
        {"A": boxes},
        [Made("A", 2, 200, 5, (1, 2))],
        failures={("A", "drawn_elsewhere")},
    )


def both_stacks_of_frames(name: str) -> Case:
    dataset, frame = two_stacks_of_frames(name)
    first = [(even(5)[k], frame(1 + k)) for k in (0, 1, 2)]
    second = [(even(5)[k], frame(6 + k)) for k in (3, 4)]
    return Case(
        [dataset],
        {"one": first, "two": second, "over both": [*first[:2], *second]},
        [
            Made("one", 1, 100, 5, (0, 1, 2)),
            Made("two", 2, 200, 5, (3, 4)),
            Made("over both", 1, 100, 5, (0, 1), "on_another_stack"),
            Made("over both", 2, 200, 5, (3, 4), "on_another_stack"),
        ],
        failures={("one", "drawn_elsewhere"), ("two", "drawn_elsewhere")},
    )


def frames_not_named(name: str) -> Case:
    dataset, frame = two_stacks_of_frames(name)
    boxes = [(even(5)[k], frame(1)) for k in (1, 2)]
    for _, item in boxes:
        del item.__dict__["frame_number"]
    return Case([dataset], {"A": boxes}, [], failures={("A", "ambiguous_stack")})


def a_file_of_frames_each(name: str) -> Case:
    """Two enhanced images in one series: parted by the converter alone, which takes one."""
    made = [two_stacks_of_frames(f"{name}{k}") for k in range(2)]
    for k, (dataset, _) in enumerate(made):
        dataset.InstanceNumber = k + 1
        groups = dataset.PerFrameFunctionalGroupsSequence
        dataset.PerFrameFunctionalGroupsSequence = groups[5 * k : 5 * k + 5]
        dataset.NumberOfFrames = 5
        dataset.PixelData = dataset.PixelData[5 * k * 2 * 26 * 30 :][: 5 * 2 * 26 * 30]
    (_, first), (_, second) = made
    return Case(
        [dataset for dataset, _ in made],
        {
            "one": [(even(5)[k], first(1 + k)) for k in (0, 1, 2)],
            "two": [(even(5)[k], second(1 + k)) for k in (3, 4)],
        },
        [Made("one", None, 100, 5, (0, 1, 2))],
        failures={("two", "stack_left_out")},
    )


CASES: dict[str, Callable[[str], Case]] = {
    builder.__name__: builder
    for builder in (
        *(two_named_first, three_named_last, both_named, none_named, one_listed, interleaved),
        *(interleaved_unnamed, phases, b_values, dce, doubled, localizer, orientations),
        *(another_series, two_patients, moved, stacks_of_frames, a_series_for_each_slice),
        *(both_stacks_of_frames, frames_not_named, a_file_of_frames_each),
    )
}


def reference(image: Any) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = image.SOPClassUID
    item.ReferencedSOPInstanceUID = image.SOPInstanceUID
    if "frame_number" in image.__dict__:
        item.ReferencedFrameNumber = image.frame_number
    return item


def write(folder: Path, name: str, case: Case) -> None:
    folder.mkdir(parents=True)
    study, frame = phantom_uid("stacks", name, "study"), phantom_uid("stacks", name, "frame")
    series = phantom_uid("stacks", name, "series")
    for number, image in enumerate(case.images, 1):
        image.PatientID = image.get("PatientID") or name
        image.StudyInstanceUID, image.FrameOfReferenceUID = study, frame
        if image.SeriesInstanceUID.startswith("1.2.826.0.1.3680043.10.9999"):
            image.SeriesInstanceUID = series
        image.InstanceNumber = number
        image.save_as(folder / f"{number:04}.dcm")
    x0, y0, x1, y1 = BOX
    rois: dict[tuple[int, str], list[Dataset] | None] = {}
    for number, (roi, boxes) in enumerate(case.rois.items(), 1):
        rois[number, roi] = []
        for z, image in boxes:
            item = contour(np.array([[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]]))
            if image is not None:
                item.ContourImageSequence = Sequence([reference(image)])
            rois[number, roi].append(item)  # type: ignore[union-attr]
    dataset = structure_set_of(rois, frame=frame)
    dataset.PatientID, dataset.StudyInstanceUID = case.patient or name, study
    dataset.SeriesInstanceUID = phantom_uid("stacks", name, "set")
    dataset.Modality = "RTSTRUCT"
    referenced = Dataset()
    referenced.SeriesInstanceUID = series
    if case.listed:
        referenced.ContourImageSequence = Sequence([reference(each) for each in case.listed])
    study_item, frame_item = Dataset(), Dataset()
    study_item.ReferencedSOPClassUID, study_item.ReferencedSOPInstanceUID = "1.2.3", study
    study_item.RTReferencedSeriesSequence = Sequence([referenced])
    frame_item.FrameOfReferenceUID = frame
    frame_item.RTReferencedStudySequence = Sequence([study_item])
    dataset.ReferencedFrameOfReferenceSequence = Sequence([frame_item])
    dataset.save_as(folder / "set.dcm")
