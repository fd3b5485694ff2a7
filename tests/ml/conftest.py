"""What every test of this folder is: real model code, selected by ``pytest -m ml``."""

import os
from pathlib import Path

import pytest

os.environ["OMP_NUM_THREADS"] = "1"
"""For this process and the workers that it starts: they run side by side, and two threads that compute together wait
for each other most of the time where others want the cores.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them, so that none is forgotten."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.ml)
