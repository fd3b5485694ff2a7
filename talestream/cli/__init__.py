"""The command line: ``talestream setup | up | story | doctor | dead-letters | schemas``."""

from talestream.cli.main import main

__all__ = ["main"]
