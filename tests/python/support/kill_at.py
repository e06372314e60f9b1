"""A driver that is killed soon after its n-th step on the file system (0: never); prints how many.

Run as a program: kill_at.py N DELAY_S [WORD ...]. With words, they are what follows `rtstruct` on
a command line; without, everything is converted by the obedient converter.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from rtstruct.cli import main
from rtstruct.home import Home
from support.workspace import Road

STEPS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "fcntl.flock")
HOME = Home.from_environment()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run() -> None:
    fatal, delay_s, words = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    taken = 0

    def step(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal taken
        if event not in STEPS or (event == "open" and str(HOME.root) not in str(arguments[0])):
            return
        taken += 1
        if taken == fatal and delay_s:
            # A thread strikes wherever the driver is by then, inside the database too.
            threading.Timer(delay_s, die).start()
        elif taken == fatal:
            die()

    sys.addaudithook(step)
    if words:
        main(words)
    else:
        Road(HOME).convert()
    print(taken)


if __name__ == "__main__":
    run()
