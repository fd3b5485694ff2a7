"""Cutting pages into parts that are encoded side by side, so that no core waits for another's long page. Pure.

A part begins where a keyframe would stand anyway, so that a page in parts is as large and looks as it would in one.
"""

from dataclasses import dataclass

from services.video.timeline import Timeline

KEYFRAME_S = 2
"""At least this often there is a keyframe. A part is as long, and the last part of a page longer."""


@dataclass(frozen=True)
class Part:
    """Frames of one page, counted from the start of the film."""

    index: int
    """Of the page, from 0."""
    start_frame: int
    end_frame: int
    """Behind the last."""

    @property
    def frame_count(self) -> int:
        """How many frames it has."""
        return self.end_frame - self.start_frame


def parts_of(timeline: Timeline) -> list[Part]:
    """The parts of all pages, in order."""
    step, parts = KEYFRAME_S * timeline.fps, []
    for index, page in enumerate(timeline.pages):
        count = max(1, (page.end_frame - page.start_frame) // step)
        edges = [page.start_frame + step * number for number in range(count)]
        parts += [Part(index, *edge) for edge in zip(edges, [*edges[1:], page.end_frame], strict=True)]
    return parts
