"""A short run of ``make chaos``, the same one every time; what it does is in ``tests/chaos/plan.py``."""

from pathlib import Path

import pytest

from tests.chaos.counting import count
from tests.chaos.plan import SHORT
from tests.chaos.promise import falls_short
from tests.chaos.run import run

SEED = 3


@pytest.mark.timeout(600)
async def test_whatever_is_killed_every_film_is_made_once_and_everybody_is_told_once(tmp_path: Path) -> None:
    outcome = await run(SEED, SHORT, tmp_path, print)
    assert {name: found for name, found in count(outcome.evidence).items() if found} == {}
    assert falls_short(outcome) == []
    assert any(outcome.evidence.files.values())
