"""The order by which a splitter is tried out."""

from schemas import Page, Script, SplitRequested
from services.split.stage import split
from talestream.probing import Probe


def probe() -> Probe:
    """A page of two sentences."""
    page = Page(story="A fox looked at the moon. It was very far away.", image_prompt="a fox looks at the moon")
    return Probe(split, SplitRequested(task_id=1, script=Script(title="The moon", language="en", pages=(page,))))
