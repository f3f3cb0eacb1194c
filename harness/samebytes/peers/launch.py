"""Run a Python script with samebytes importable: `python launch.py SCRIPT ARGUMENT…`.

Interpreters with a `._pth` file ignore PYTHONPATH and do not put a script's folder on `sys.path`; this does both.
"""

import os
import sys

if __name__ == "__main__":
    # Neither pathlib nor runpy: what a start imports is most of its time under Wine.
    own = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120
    script = os.path.realpath(sys.argv[1])
    above = os.path.dirname(os.path.dirname(own))  # noqa: PTH120
    sys.path[:] = [above, os.path.dirname(script), *(entry for entry in sys.path if entry != own)]  # noqa: PTH120
    sys.argv[:] = [script, *sys.argv[2:]]
    with open(script, "rb") as file:  # noqa: PTH123
        code = compile(file.read(), script, "exec")
    main = type(sys)("__main__")
    main.__file__, sys.modules["__main__"] = script, main
    exec(code, vars(main))
