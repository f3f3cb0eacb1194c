"""pytest for an embeddable Python, which reads no PYTHONPATH: makes the package importable, then runs with the arguments."""

import os
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    sys.path[:0] = [str(CHECKOUT / "harness"), str(CHECKOUT)]
    os.chdir(CHECKOUT)
    import pytest

    sys.exit(pytest.main(sys.argv[1:]))
