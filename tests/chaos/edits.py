"""Whether every edit that was accepted has taken: seen in the script, in the captions, and in what was made anew."""

from collections.abc import Iterator
from typing import Any

from tests.chaos.evidence import Evidence
from tests.chaos.user import Ordered

REMADE_BY = {"story": "speech", "image_prompt": "image"}
"""The stage that makes a page anew when this of it has changed."""


def edits_lost(evidence: Evidence) -> list[str]:
    """Of completed tasks: edits of which there is nothing to be seen. Of several of one page the last one counts."""
    return [
        f"task {ordered.task_id}: the edit of the {what} of page {page} {trouble}"
        for ordered in evidence.ordered
        if ordered.task_id in evidence.scripts
        for (page, what), edit in _last(ordered).items()
        for trouble in _troubles(evidence, ordered, page, what, edit)
    ]


def _last(ordered: Ordered) -> dict[tuple[int, str], dict[str, Any]]:
    """The last edit of everything of a page that was edited, with its number among the edits of the page."""
    last: dict[tuple[int, str], dict[str, Any]] = {}
    numbers: dict[int, int] = {}
    for edit in ordered.edits:
        page = edit["page"]
        numbers[page] = numbers.get(page, 0) + 1
        last |= {(page, what): {"text": edit[what], "number": numbers[page]} for what in REMADE_BY if what in edit}
    return last


def _troubles(evidence: Evidence, ordered: Ordered, page: int, what: str, edit: dict[str, Any]) -> Iterator[str]:
    pages = evidence.scripts[ordered.task_id].get("pages", [])
    if len(pages) < page or pages[page - 1].get(what) != edit["text"]:
        yield "is not in the script"
    if what == "story" and edit["text"] not in " ".join(evidence.captions[ordered.task_id].split()):
        yield "is not in the captions"
    log = [told for told in evidence.logs[ordered.owner] if told["task_id"] == ordered.task_id]
    edited = [told["cursor"] for told in log if told["type"] == "task_edited" and told["page"] == page]
    if len(edited) < edit["number"]:
        yield "was not told"
        return
    since = edited[edit["number"] - 1]
    remade = (told for told in log if told["type"] == "unit_completed" and told["stage"] == REMADE_BY[what])
    if not any(told.get("page") == page and told["cursor"] > since for told in remade):
        yield "has led to nothing new"
