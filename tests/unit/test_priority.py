"""Giving way: a process lets others go first, and touches nobody else's priority by that."""

import subprocess
import sys
from pathlib import Path

import pytest

AUTOGROUP = Path("/proc/self/autogroup")

# Empty for a process whose control group has a share of its own: it belongs to no session's group then.
IS_GROUPED = AUTOGROUP.exists() and bool(AUTOGROUP.read_text("ascii").strip())
PROGRAM = "import os; from talestream.priority import give_way; give_way(7); print(os.nice(0))"


def niceness_of(group: str) -> int:
    """The niceness of a session, from its line ``/autogroup-25 nice 19``."""
    return int(group.rsplit(maxsplit=1)[-1])


@pytest.mark.skipif(not IS_GROUPED, reason="this system does not group processes by session")
@pytest.mark.parametrize("is_own_session", [True, False])
def test_a_session_gives_way_as_a_whole_only_where_it_is_the_process_s_own(is_own_session: bool) -> None:
    before = niceness_of(AUTOGROUP.read_text("ascii"))
    program = f"{PROGRAM}; print(open({str(AUTOGROUP)!r}).read())"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, start_new_session=is_own_session
    )
    own, session = run.stdout.strip().splitlines()
    assert int(own) >= 7
    assert niceness_of(session) == (7 if is_own_session else before)
    assert niceness_of(AUTOGROUP.read_text("ascii")) == before
