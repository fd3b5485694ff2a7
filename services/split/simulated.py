"""The simulated splitter: cuts by length alone."""

import re
from collections.abc import Iterator

from schemas import SplitRequested
from talestream.simulation import NAME, STAND_IN, Simulation

_PIECE = re.compile(r"[\u3400-\u9fff][^\w\s\u3400-\u9fff]*|[^\s\u3400-\u9fff]+|\s+")
"""A Chinese character with the marks behind it, a word, or the space between."""


class SimulatedSplitter:
    """Fills each segment with as many words or characters as are allowed."""

    name = NAME
    model = NAME
    degraded = STAND_IN

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def split_script(self, request: SplitRequested) -> Iterator[tuple[str, ...]]:
        """See :class:`services.split.providers.Splitter`."""
        self._simulation.work()
        limit = request.max_characters if request.script.language == "zh" else request.max_words
        for page in request.script.pages:
            yield tuple(_cut(page.story, limit))


def _cut(text: str, limit: int) -> Iterator[str]:
    segment, count = "", 0
    for piece in _PIECE.findall(text):
        if count == limit and not piece.isspace():
            yield segment.strip()
            segment, count = "", 0
        segment += piece
        count += not piece.isspace()
    if segment.strip():
        yield segment.strip()


def simulated() -> SimulatedSplitter:
    """The provider ``simulated`` of the split stage."""
    return SimulatedSplitter(Simulation.configured("split"))
