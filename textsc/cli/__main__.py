"""Run the command line as ``python -m textsc.cli``."""

import sys

from textsc.cli.app import main

sys.exit(main())
