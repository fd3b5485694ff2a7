"""The command line: ``talestream setup | up | story | doctor | ledger | dead-letters | schemas``."""

from talestream.cli.main import main

__all__ = ["main"]
