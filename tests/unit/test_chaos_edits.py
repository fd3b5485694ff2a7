"""An edit that was accepted counts as lost unless it is seen in everything that it should have changed."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.chaos.edits import edits_lost
from tests.chaos.evidence import Evidence
from tests.chaos.user import Ordered

OWNER, TASK = "user0", 7
Flaw = Callable[[Evidence], None]


def told(cursor: int, kind: str, stage: str | None = None, page: int = 1) -> dict[str, Any]:
    return {"cursor": cursor, "type": kind, "task_id": TASK, "stage": stage, "page": page}


def edited() -> Evidence:
    """A task of two pages: the story of page 1 was edited twice, and its picture between that."""
    edits = [{"page": 1, "story": "First."}, {"page": 1, "image_prompt": "A sea."}, {"page": 1, "story": "Second."}]
    log = [
        told(1, "unit_completed", "speech"),
        told(2, "unit_completed", "image"),
        told(3, "task_edited"),
        told(4, "unit_completed", "speech"),
        told(5, "task_edited"),
        told(6, "unit_completed", "image"),
        told(7, "task_edited"),
        told(8, "unit_completed", "speech"),
    ]
    return Evidence(
        ordered=[Ordered(TASK, OWNER, edits=edits)],
        scripts={
            TASK: {"pages": [{"story": "Second.", "image_prompt": "A sea."}, {"story": "P.", "image_prompt": "Q"}]}
        },
        captions={TASK: "1\n00:00:00,000 --> 00:00:01,000\nSecond.\n"},
        logs={OWNER: log},
    )


def test_an_edit_that_is_seen_everywhere_is_not_lost() -> None:
    assert edits_lost(edited()) == []


def earlier_edit_won(evidence: Evidence) -> None:
    evidence.scripts[TASK]["pages"][0]["story"] = "First."


def former_prompt(evidence: Evidence) -> None:
    evidence.scripts[TASK]["pages"][0]["image_prompt"] = "A hill."


def no_script(evidence: Evidence) -> None:
    evidence.scripts[TASK] = {}
    evidence.ordered[0].edits.pop()
    evidence.ordered[0].edits.pop(0)
    evidence.logs[OWNER] = [*evidence.logs[OWNER][:3], told(8, "unit_completed", "image")]


def former_film(evidence: Evidence) -> None:
    evidence.captions[TASK] = "First."


def former_voice(evidence: Evidence) -> None:
    del evidence.logs[OWNER][7]


def former_picture(evidence: Evidence) -> None:
    del evidence.logs[OWNER][5]


def another_page_was_remade(evidence: Evidence) -> None:
    evidence.logs[OWNER][7]["page"] = 2


def not_told(evidence: Evidence) -> None:
    del evidence.logs[OWNER][6]


@pytest.mark.parametrize(
    "flaw",
    [
        earlier_edit_won,
        former_prompt,
        no_script,
        former_film,
        former_voice,
        former_picture,
        another_page_was_remade,
        not_told,
    ],
)
def test_an_edit_that_has_not_taken_somewhere_is_lost(flaw: Flaw) -> None:
    evidence = edited()
    flaw(evidence)
    assert len(edits_lost(evidence)) == 1
