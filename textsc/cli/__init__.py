"""The command line: thin verbs over the package, each in a file of its own."""

from textsc.cli.app import main

__all__ = ["main"]
