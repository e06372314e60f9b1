"""Damaged input through every command, for as long as one likes, within bounds that are kept.

``make fuzz`` runs it. Each round is a folder of damaged patients, one a case, through ``index``,
``build``, ``convert`` in every format, ``names``, ``sql``, ``report``, ``export``, ``compare`` and
``registry merge``, the last with damaged registries and shards. A command may refuse (exit code 1
or 2); it may not raise, hang, take more memory than it is given, or write elsewhere. Prints a
table; a case that fails is kept by the seed of its round.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from copy import deepcopy
from pathlib import Path
from random import Random

from fuzz.bounds import write_figures
from fuzz.mutations import alter_bytes, alter_tree, archived, encoded_file, image, structure_set
from fuzz.table import FAULTS

SECONDS = float(os.environ.get("FUZZ_SECONDS", "3600"))
FIRST = int(os.environ.get("FUZZ_SEED", "0"))
CASES = int(os.environ.get("FUZZ_CASES", "300"))
SLICES = 3
LONGEST_S = 300.0
"""Of processor time for a command over all cases of a round."""
MOST_MB = 3000
"""Of resident memory, for a command and each process that it starts."""
MOST_ADDRESSES = 24 << 30
FORMATS = {
    "nifti": (),
    "nrrd": ("--format", "nrrd"),
    "mha": ("--format", "mha"),
    "seg": ("--format", "seg"),
    "labelmap": ("--labelmap",),
    "4d": ("--4d",),
    "coverage": ("--coverage",),
}


def case_files(number: int, random: Random) -> dict[str, bytes]:
    """An image of some slices and a structure set on it, one of them damaged in one way or more."""

    def of_case(data_set: list, slice_number: int) -> list:
        made = deepcopy(data_set)
        _rename(made, number, slice_number)
        return made

    parts = {f"{k}.dcm": of_case(image(3 * k), k) for k in range(1, SLICES + 1)}
    parts["rt.dcm"] = of_case(structure_set(), 1)
    damaged = "rt.dcm" if random.random() < 0.75 else random.choice(list(parts))
    for _ in range(random.choice([0, 1, 1, 2, 3])):
        alter_tree(parts[damaged], random)
    files = {}
    for name, data_set in parts.items():
        if name != damaged:
            files[name] = encoded_file(data_set, Random(0), whole=True)
            continue
        content = bytearray(encoded_file(data_set, random))
        for _ in range(random.choice([0, 0, 0, 1, 2])):
            alter_bytes(content, random)
        data = bytes(content)
        files[name] = archived(data, random) if random.random() < 0.05 else data
    return files


def _rename(data_set: list, number: int, slice_number: int) -> None:
    """UIDs and patient of their own for each case, else all cases were one."""
    for element in data_set:
        tag, _, content = element
        if isinstance(content, list):
            for item in content:
                _rename(item, number, slice_number)
        elif content.startswith((b"1.2.3", b"1.2.4", b"1.2.5")):
            case = content[:5] + b".%d" % (number + 1) + content[5:]
            element[2] = case + b".%d" % slice_number if tag in (0x00080018, 0x00081155) else case
        elif tag == 0x00100020:
            element[2] = b"P%d" % number


class Campaign:
    """A round in a folder of its own, and what it has shown."""

    def __init__(self, base: Path) -> None:
        self.base, self.inputs, self.runs = base, Counter[str](), Counter[str]()
        self.faults: dict[str, Counter[str]] = {name: Counter() for name in FAULTS}
        self.slowest: Counter[str] = Counter()
        self.biggest: Counter[str] = Counter()
        self.kept: list[str] = []
        self.masks = 0

    def round(self, seed: int) -> None:
        random = Random(seed)
        sandbox = self.base / f"round-{seed}"
        work, data = sandbox / "work", sandbox / "data"
        work.mkdir(parents=True)
        for number in range(CASES):
            folder = data / f"{number:03d}"
            folder.mkdir(parents=True)
            for name, content in case_files(number, random).items():
                (folder / name).write_bytes(content)
        outside = _listing(sandbox, work)
        where = ("--where", "true")

        def run(entry: str, *words: str, count: int = CASES) -> int:
            return self._run(entry, seed, work, count, words)

        run("index", "index", str(data))
        run("build", "build")
        for name, options in FORMATS.items():
            run(f"convert {name}", "convert", *where, *options, "--out", f"out/{name}")
        run(
            "convert nifti", "convert", *where, "--reference", "--overlap", "even-odd", "--out", "o"
        )
        run("plan", "plan", *where, "--shards", "3", "--out", "sharded")
        for shard in sorted((work / "shards").glob("*.jsonl")):
            run("convert shard", "convert", "--shard", str(shard), count=CASES // 3)
        run("export", "export", *where, "--layout", "pyradiomics", "--out", "set")
        run("compare", "compare", "--where", "true", "--on", "true")
        run("report", "report", "--out", "pages")
        run("status", "status", "--json", count=1)
        for table in (
            "rtstruct_rois",
            "catalog_findings",
            "registry.masks",
            "registry.roi_failures",
        ):
            run("sql", "sql", f"from {table}", random.choice(["--json", "--csv", "--full"]))
        names = [random_name(random) for _ in range(CASES)]
        (work / "names.csv").write_bytes(b"\n".join(names))
        run("names", "names", "--from", "names.csv", random.choice(["--json", "--csv"]))
        self._foreign(run, work, random)
        self.masks += len([path for path in (work / "out").rglob("*") if path.is_file()])
        for path in _listing(sandbox, work) ^ outside:
            self._fault("writes outside", "all", seed, path)
        shutil.rmtree(sandbox)

    def _foreign(self, run, work: Path, random: Random) -> None:
        """Registries, shards and catalogs that somebody else wrote, or a disk damaged."""
        registries = [*sorted((work / "shards").glob("*.duckdb")), work / "home/registry.duckdb"]
        for number in range(12):
            source = random.choice(
                [path for path in registries if path.exists()] or [Path(__file__)]
            )
            content = bytearray(source.read_bytes())
            for _ in range(random.choice([0, 1, 3, 30])):
                alter_bytes(content, random)
            foreign = work / f"foreign-{number}.duckdb"
            foreign.write_bytes(content)
            run("merge", "registry", "merge", str(foreign), "--out", "sharded", count=1)
        for number, shard in enumerate(sorted((work / "shards").glob("*.jsonl"))[:2] * 4):
            foreign = work / f"foreign-{number}.jsonl"
            foreign.write_bytes(altered_json(shard.read_bytes(), random))
            run("convert shard", "convert", "--shard", str(foreign), count=1)
        for file, words in (
            ("catalog.duckdb", ("sql", "from rtstruct_rois")),
            ("catalog.duckdb", ("convert", "--where", "true", "--out", "x")),
            ("dicom_all.parquet", ("index", ".")),
            ("dicom_all_files.parquet", ("index", ".")),
            ("registry.duckdb", ("status",)),
        ):
            path = work / "home" / file
            if not path.exists():
                continue
            whole = path.read_bytes()
            content = bytearray(whole)
            for _ in range(random.choice([1, 3, 30])):
                alter_bytes(content, random)
            path.write_bytes(content)
            run(f"damaged {file}", *words, count=1)
            path.write_bytes(whole)

    def _run(self, entry: str, seed: int, work: Path, count: int, words: tuple[str, ...]) -> int:
        self.inputs[entry] += count
        self.runs[entry] += 1
        errors = work.parent / "stderr"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "rtstruct", *words],
                cwd=work,
                env={**os.environ, "RTSTRUCT_HOME": str(work / "home"), "TMPDIR": str(work)},
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
                preexec_fn=_bounded,
            )
            try:
                code = process.wait(20 * LONGEST_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                code = process.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        said = errors.read_bytes().decode("utf-8", "replace")
        errors.unlink()
        self.slowest[entry] = max(self.slowest[entry], round(seconds))
        # Of all commands so far: the figure of the children can only grow.
        megabytes = after.ru_maxrss // 1024
        if "Traceback" in said:
            self._fault("tracebacks", entry, seed, said[-1500:])
        elif seconds > LONGEST_S or code == -9:
            self._fault("hangs", entry, seed, f"{seconds:.0f} s, exit code {code}")
        elif megabytes > MOST_MB:
            self._fault("blow-ups", entry, seed, f"{megabytes} MB")
        elif code not in (0, 1, 2):
            self._fault("other ends", entry, seed, f"exit code {code}: {said[-500:]}")
        self.biggest["all"] = max(self.biggest["all"], megabytes)
        return code

    def _fault(self, kind: str, entry: str, seed: int, detail: str) -> None:
        self.faults[kind][entry] += 1
        self.kept.append(f"seed {seed}, {entry}, {kind}: {detail}")
        print(self.kept[-1], flush=True)

    def figures(self) -> dict[str, dict[str, float]]:
        """What a table shows, by entry point."""
        entries = [*self.runs, *(["all"] if any(f["all"] for f in self.faults.values()) else [])]
        return {
            f"`rtstruct` {entry}": {
                "inputs": self.inputs[entry],
                "runs": self.runs[entry],
                "slowest_s": self.slowest[entry],
                "most_MB": self.biggest["all"],
                **{kind: self.faults[kind][entry] for kind in FAULTS},
            }
            for entry in entries
        }


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CPU, (int(2 * LONGEST_S), int(2 * LONGEST_S)))


def _listing(sandbox: Path, work: Path) -> set[str]:
    """What lies in the sandbox outside of where commands may write, with sizes and times."""
    return {
        f"{path} {path.lstat().st_size} {path.lstat().st_mtime_ns}"
        for path in sandbox.rglob("*")
        if not path.is_relative_to(work) and path != sandbox
    }


def random_name(random: Random) -> bytes:
    kinds = (
        lambda: bytes(random.randrange(256) for _ in range(random.randrange(60))),
        lambda: "".join(chr(random.randrange(0x3000)) for _ in range(30)).encode(
            "utf-8", "replace"
        ),
        lambda: random.choice([b"Lung", b"PTV", b"Heart"]) * random.choice([1, 3, 3000]),
        lambda: b" ".join(random.choice([b"L", b"lung", b"-", b"(", b"5mm"]) for _ in range(9)),
    )
    return random.choice(kinds)().replace(b"\n", b" ")


def altered_json(content: bytes, random: Random) -> bytes:
    """A document with a value of another kind, or with other bytes."""
    lines = content.split(b"\n")
    at = random.randrange(len(lines))
    if random.random() < 0.6 and lines[at]:
        document = json.loads(lines[at])
        place = document
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = random.choice(keys)
            if not isinstance(place[key], dict | list) or random.random() < 0.3:
                place[key] = random.choice(
                    [None, -1, 1e400, "../../../x", [], {}, True, "\x00", "x" * 9999]
                )
                break
            place = place[key]
        lines[at] = json.dumps(document).encode()
    else:
        damaged = bytearray(lines[at])
        alter_bytes(damaged, random)
        lines[at] = bytes(damaged)
    return b"\n".join(lines)


def main() -> int:
    ends = time.monotonic() + SECONDS
    seed, inputs, masks, faults = FIRST, 0, 0, 0
    with tempfile.TemporaryDirectory(prefix="rtstruct-fuzz-") as folder:
        while time.monotonic() < ends:
            campaign = Campaign(Path(folder))
            campaign.round(seed)
            # Now, lest hours are lost to whoever stops it.
            write_figures(campaign.figures())
            seed += 1
            inputs += campaign.inputs.total()
            masks += campaign.masks
            faults += len(campaign.kept)
            print(f"{seed - FIRST} rounds, {inputs} inputs, {faults} faults", flush=True)
    print(f"{seed - FIRST} rounds from seed {FIRST}, {masks} files of masks")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
