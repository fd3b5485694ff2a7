"""What went wrong with documents that were written together."""

from collections.abc import Mapping
from typing import Any

from pymongo.errors import BulkWriteError

_DUPLICATE_KEY = 11000


def beside_duplicates(error: BulkWriteError) -> list[Mapping[str, Any]]:
    """The errors of single documents, except that one of their key was there already."""
    return [problem for problem in error.details["writeErrors"] if problem["code"] != _DUPLICATE_KEY]
