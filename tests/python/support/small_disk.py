"""A small file system in memory that only one command sees."""

from __future__ import annotations

import subprocess

# Runs a command on a small disk, makes room, runs it again, and saves what is there: DISK KB KEEP.
STORY = """
disk=$1; size=$2; keep=$3; shift 3
mkdir -p "$disk"
if mount -t tmpfs -o size=${size}k tmpfs "$disk" 2> /dev/null; then
    cp -r "$keep/." "$disk"
    "$@"; echo "$?"
    mount -o remount,size=1g "$disk"
else
    cp -r "$keep/." "$disk"
    (ulimit -f 80; "$@"); echo "$?"
fi
"$@"; echo "$?"
cp -r "$disk/." "$keep"
"""


def unshared(*command: str) -> list[str]:
    """The command with mounts of its own, if users may have some here."""
    may = subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False)
    return ["unshare", "-rm", *command] if may.returncode == 0 else [*command]
