"""Run the command line as ``python -m textsc``."""

import sys

from textsc.cli import main

sys.exit(main())
