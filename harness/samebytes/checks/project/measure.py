"""What another realm's Python runs for `elsewhere`: `launch.py measure.py FILE TARGET` pickles the file's records into TARGET."""

import sys

from samebytes.layout.importers.python_file import answer

if __name__ == "__main__":
    answer(sys.argv[1], sys.argv[2])
