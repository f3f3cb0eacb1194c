"""`python -m samebytes`."""

import sys

from samebytes.cli.main import main

sys.exit(main())
