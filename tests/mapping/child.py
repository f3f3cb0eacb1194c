"""A process for the tests to drive: runs a line of Python, answers with what became of it.

Arguments: the folder to import samebytes from. A request is one line of JSON, {"run": SOURCE} or {"ask": EXPRESSION}; an answer is
one line, {"value": …} or {"error": the exception's class and its bases, "message": …}.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def answer(request: dict[str, str], world: dict[str, Any]) -> dict[str, Any]:
    try:
        if "ask" in request:
            return {"value": eval(request["ask"], world)}
        exec(request["run"], world)
    except Exception as error:
        return {"error": [kind.__name__ for kind in type(error).__mro__], "message": str(error)}
    return {"value": None}


def main() -> None:
    sys.path.insert(0, sys.argv[1])
    world: dict[str, Any] = {}
    exec("import gc, os, signal, sys, time\nfrom samebytes.mapping import *", world)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), world)), flush=True)


if __name__ == "__main__":
    main()
