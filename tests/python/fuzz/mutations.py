"""DICOM that went wrong in one of the ways in which it does: as a tree, as bytes, in an archive.

A data set is a list of ``[tag, VR, value]``, where the value of a sequence is a list of data sets.
Lengths, VRs, order, nesting, encodings and numbers are altered where a writer would get them wrong,
then bytes where a disk would.
"""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile
import zlib
from struct import pack
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

DataSet = list[list[Any]]

CT, RT = b"1.2.840.10008.5.1.4.1.1.2", b"1.2.840.10008.5.1.4.1.1.481.3"
SYNTAXES = {
    "implicit": b"1.2.840.10008.1.2",
    "explicit": b"1.2.840.10008.1.2.1",
    "deflated": b"1.2.840.10008.1.2.1.99",
    "big": b"1.2.840.10008.1.2.2",
}
LONG = (b"OB", b"OW", b"SQ", b"UN", b"UT")
VRS = (*LONG, b"UI", b"LO", b"DS", b"IS", b"CS", b"US", b"FD", b"ZZ", b"\0\0", b"??")
CHARSETS = (
    b"ISO_IR 100", b"ISO_IR 192", b"\\ISO 2022 IR 87", b"GB18030", b"utf_7", b"unicode_escape",
    b"idna", b"nonsense", b"\0", b"ISO_IR 13\\ISO_IR 192",
)  # fmt: skip
NUMBERS = (
    b"0", b"-1", b"1e39", b"1e-320", b"1e308", b"nan", b"inf", b"1e400", b"0x10", b"1,5", b"",
    b"999999999999999999999", b"-0", b"1_0", b"\xff", b"1\\2\\3\\4\\5", b"1e-8",
)  # fmt: skip
LENGTHS = (0, 1, 2, 3, 7, 8, 0xFF, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)


def image(z: int = 3) -> DataSet:
    return [
        [0x00080008, b"CS", b"ORIGINAL\\PRIMARY\\AXIAL"],
        [0x00080005, b"CS", b"ISO_IR 100"],
        [0x00080016, b"UI", CT],
        [0x00080018, b"UI", b"1.2.3.1"],
        [0x00080020, b"DA", b"20240229"],
        [0x00080032, b"TM", b"101112.5"],
        [0x00080060, b"CS", b"CT"],
        [0x00100020, b"LO", b"P1"],
        [0x00189087, b"FD", pack("<d", 1000.0)],
        [0x0020000D, b"UI", b"1.2.3"],
        [0x0020000E, b"UI", b"1.2.3.0"],
        [0x00200032, b"DS", b"-10\\-10\\%d" % z],
        [0x00200037, b"DS", b"1\\0\\0\\0\\1\\0"],
        [0x00280002, b"US", pack("<H", 1)],
        [0x00280004, b"CS", b"MONOCHROME2"],
        [0x00280008, b"IS", b"1"],
        [0x00280010, b"US", pack("<H", 24)],
        [0x00280011, b"US", pack("<H", 24)],
        [0x00280030, b"DS", b"1\\1"],
        [0x00280100, b"US", pack("<H", 16)],
        [0x00280101, b"US", pack("<H", 16)],
        [0x00280102, b"US", pack("<H", 15)],
        [0x00280103, b"US", pack("<H", 0)],
        [0x7FE00010, b"OW", bytes(2 * 24 * 24)],
    ]


def structure_set() -> DataSet:
    def contour(z: int) -> DataSet:
        return [
            [0x30060016, b"SQ", [[[0x00081150, b"UI", CT], [0x00081155, b"UI", b"1.2.3.1"]]]],
            [0x30060042, b"CS", b"CLOSED_PLANAR"],
            [0x30060046, b"IS", b"3"],
            [0x30060050, b"DS", b"0\\0\\%d\\5\\0\\%d\\0\\5\\%d" % (z, z, z)],
        ]

    series = [[0x0020000E, b"UI", b"1.2.3.0"], [0x30060016, b"SQ", []]]
    study = [[0x30060014, b"SQ", [series]]]
    return [
        [0x00080005, b"CS", b"ISO_IR 192"],
        [0x00080016, b"UI", RT],
        [0x00080018, b"UI", b"1.2.4.1"],
        [0x00080060, b"CS", b"RTSTRUCT"],
        [0x0020000D, b"UI", b"1.2.3"],
        [0x0020000E, b"UI", b"1.2.4.0"],
        [0x30060010, b"SQ", [[[0x00200052, b"UI", b"1.2.5"], [0x30060012, b"SQ", [study]]]]],
        [0x30060020, b"SQ", [
            [[0x30060022, b"IS", b"%d" % n], [0x30060026, b"LO", "Größe".encode()]] for n in (1, 2)
        ]],
        [0x30060039, b"SQ", [
            [[0x3006002A, b"IS", b"1\\2\\3"], [0x30060040, b"SQ", [contour(3), contour(6)]],
             [0x30060084, b"IS", b"%d" % n]] for n in (1, 2)
        ]],
    ]  # fmt: skip


def mutated_file(random: Random) -> bytes:
    """One file: sometimes whole, mostly not."""
    data_set = random.choice([image, structure_set])()
    for _ in range(random.choice([0, 1, 1, 2, 3])):
        alter_tree(data_set, random)
    content = bytearray(encoded_file(data_set, random))
    for _ in range(random.choice([0, 0, 1, 2, 5])):
        alter_bytes(content, random)
    if random.random() < 0.1:
        content += bytes(random.choice([1, 7, 100_000]))
    return archived(bytes(content), random) if random.random() < 0.15 else bytes(content)


def encoded_file(data_set: DataSet, random: Random, *, whole: bool = False) -> bytes:
    """A file of the data set, in any transfer syntax; now and then a wrong one unless ``whole``."""
    syntax = random.choice(list(SYNTAXES))
    written = syntax if whole or random.random() < 0.8 else random.choice(list(SYNTAXES))
    order = ">" if written == "big" else "<"
    wrong = 0.03 if not whole and random.random() < 0.5 else 0.0
    body = _encoded(data_set, written != "implicit", order, random, wrong)
    if written == "deflated":
        deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        body = deflate.compress(body) + deflate.flush()
    meta = _encoded([[0x00020010, b"UI", SYNTAXES[syntax]]], True, "<", random, 0.0)
    parts = [bytes(128) + b"DICM", meta, body]
    if not whole and random.random() < 0.1:
        parts.pop(random.randrange(2))
    return b"".join(parts)


def alter_tree(data_set: DataSet, random: Random) -> None:
    if not data_set:
        return
    element = random.choice(data_set)
    if isinstance(element[2], list) and element[2] and random.random() < 0.7:
        alter_tree(random.choice(element[2]), random)
        return
    kind = random.randrange(9)
    if kind == 0:
        data_set.remove(element)
    elif kind == 1:
        data_set.insert(random.randrange(len(data_set)), list(element))
    elif kind == 2:
        random.shuffle(data_set)
    elif kind == 3:
        element[1] = random.choice(VRS)
    elif kind == 4:
        element[0] ^= 1 << random.randrange(32)
    elif kind == 5:
        for _ in range(random.choice([1, 5, 100])):
            element[2] = [[[0x30060039, b"SQ", element[2]]]]
        element[1] = b"SQ"
    elif kind == 6:
        data_set.append([0x00080005, b"CS", random.choice(CHARSETS)])
        data_set.append([0x00100020, b"LO", b"\x1b$B+2AA-\\ud800\xff\0"])
    elif isinstance(element[2], bytes):
        parts = element[2].split(b"\\")
        parts[random.randrange(len(parts))] = random.choice(NUMBERS)
        element[2] = b"\\".join(parts) * random.choice([1, 1, 1, 1000])


def alter_bytes(content: bytearray, random: Random) -> None:
    if len(content) < 2:
        return
    at = random.randrange(min(128, len(content) - 1), len(content))
    kind = random.randrange(5)
    if kind == 0:
        content[at] = random.randrange(256)
    elif kind == 1:
        content[at : at + 4] = pack("<I", random.choice(LENGTHS))
    elif kind == 2:
        del content[at:]
    elif kind == 3:
        del content[at : at + random.randrange(60)]
    else:
        begin = random.randrange(len(content))
        content[at:at] = content[begin : begin + random.randrange(200)]


def _encoded(data_set: DataSet, explicit: bool, order: str, random: Random, wrong: float) -> bytes:
    """Encode a data set; with the probability ``wrong`` an element states a wrong length."""
    parts = []
    for tag, vr, content in data_set:
        undefined = isinstance(content, list) and random.random() < 0.3
        value = content
        if isinstance(content, list):
            inside = explicit and random.random() > wrong
            value = b"".join(
                _item(_encoded(item, inside, order, random, wrong), undefined, order)
                for item in content
            )
            value += pack(order + "HHI", 0xFFFE, 0xE0DD, 0) if undefined else b""
        elif order == ">" and vr in (b"US", b"UL", b"FD"):
            value = content[::-1]
        length = 0xFFFFFFFF if undefined else len(value)
        if random.random() < wrong:
            length = random.choice(LENGTHS)
        head = pack(order + "HH", tag >> 16, tag & 0xFFFF)
        if not explicit:
            head += pack(order + "I", length)
        elif vr in LONG:
            head += vr + pack(order + "HI", 0, length)
        else:
            head += vr + pack(order + "H", length & 0xFFFF)
        parts.append(head + value)
    return b"".join(parts)


def _item(content: bytes, undefined: bool, order: str) -> bytes:
    if not undefined:
        return pack(order + "HHI", 0xFFFE, 0xE000, len(content)) + content
    end = pack(order + "HHI", 0xFFFE, 0xE00D, 0)
    return pack(order + "HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + content + end


def archived(content: bytes, random: Random) -> bytes:
    kind = random.randrange(4)
    stream = io.BytesIO()
    if kind == 0:
        how = random.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
        with zipfile.ZipFile(stream, "w", how) as writer:
            writer.writestr(random.choice(["a.dcm", "../a", "a/", "\ud7ff"]), content)
    elif kind == 1:
        with tarfile.open(fileobj=stream, mode=random.choice(["w", "w:gz"])) as tar:
            member = tarfile.TarInfo("a.dcm")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    else:
        stream.write((gzip if kind == 2 else bz2).compress(content))
    packed = bytearray(stream.getvalue())
    for _ in range(random.choice([0, 1, 3])):
        alter_bytes(packed, random)
    return bytes(packed)
