"""The order by which a story writer is tried out."""

from schemas import StoryRequested
from services.story.stage import write
from talestream.probing import Probe


def probe() -> Probe:
    """The shortest story."""
    return Probe(write, StoryRequested(task_id=1, topic="a fox who wants to touch the moon", page_count=3))
