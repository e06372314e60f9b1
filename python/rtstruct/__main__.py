"""``python -m rtstruct`` is the command ``rtstruct``."""

from rtstruct.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
