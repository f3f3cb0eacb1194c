"""Run a Python script with samebytes importable: `python launch.py SCRIPT ARGUMENT…`.

Interpreters with a `._pth` file ignore PYTHONPATH and do not put a script's folder on `sys.path`; this does both.
"""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    here = Path(__file__).resolve()
    script = Path(sys.argv[1]).resolve()
    own = str(here.parent)
    sys.path[:] = [str(here.parent.parent.parent), str(script.parent), *(entry for entry in sys.path if entry != own)]
    sys.argv[:] = [str(script), *sys.argv[2:]]
    runpy.run_path(str(script), run_name="__main__")
