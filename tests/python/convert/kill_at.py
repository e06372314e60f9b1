"""A driver that is killed at its n-th step on the file system (0: never); prints how many it took.

Run as a program: kill_at.py HOME N
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from convert.conftest import Road
from rtstruct.home import Home

STEPS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "fcntl.flock")


def main() -> None:
    home, fatal = Path(sys.argv[1]), int(sys.argv[2])
    taken = 0

    def step(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal taken
        if event not in STEPS or (event == "open" and str(home) not in str(arguments[0])):
            return
        taken += 1
        if taken == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(step)
    Road(Home(home)).convert()
    print(taken)


if __name__ == "__main__":
    main()
