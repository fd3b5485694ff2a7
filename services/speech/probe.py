"""The order by which a narrator is tried out."""

from schemas import SpeechRequested
from services.speech.stage import narrate
from talestream.probing import Probe


def probe() -> Probe:
    """A sentence."""
    return Probe(narrate, SpeechRequested(task_id=1, page=1, segments=("A fox looked at the moon.",)))
