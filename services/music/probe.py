"""The order by which a musician is tried out."""

from schemas import Mood, MusicRequested, Passage
from services.music.stage import score
from talestream.probing import Probe


def probe() -> Probe:
    """A few seconds."""
    return Probe(score, MusicRequested(task_id=1, passages=(Passage(mood=Mood.CALM, duration_s=3),)))
