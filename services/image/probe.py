"""The order by which an illustrator is tried out."""

from schemas import ImageRequested
from services.image.stage import illustrate
from talestream.probing import Probe


def probe() -> Probe:
    """A small picture."""
    return Probe(illustrate, ImageRequested(task_id=1, page=1, prompt="a fox looks at the moon", width=512, height=288))
