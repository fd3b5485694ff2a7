"""Sampling planes past which a camera slides sideways: what it will see again is sampled once.

While the scale stays and nothing moves up or down, frames differ by how far the camera has come. Rounded to a small
part of a pixel, that is a whole number of pixels and one of a few phases. A strip as wide as the plane is kept of each
phase that is asked for again, and a frame is cut from it. Under any other camera nothing is kept.
"""

from dataclasses import dataclass, field
from math import floor
from weakref import ReferenceType, ref

from services.video.resampling import MOST_SURPLUS, Plane, Sampler

KEPT_BYTES = 24 << 20
"""Of strips, at most. What has no room is sampled each time."""
PHASES, FEWER_PHASES, SMALL_WIDTH = 8, 4, 1280
"""Of a pixel: in a film of up to so many columns, and in a larger one, whose pixels are smaller."""
SAME = 1e-6
"""How far apart two scales, or two places in pixels, are the same."""


@dataclass(frozen=True)
class _Strip:
    """What is seen along a plane at one phase, and which column and row of the slide its first are."""

    plane: Plane
    left: int
    top: int

    def cut(self, left: int, top: int, width: int, height: int) -> Plane | None:
        """A piece of it; None where it does not reach."""
        left, top = left - self.left, top - self.top
        rows, columns = self.plane.shape
        is_there = 0 <= left <= columns - width and 0 <= top <= rows - height
        return self.plane[top : top + height, left : left + width] if is_there else None


@dataclass(frozen=True)
class _Slide:
    """A plane past which a camera slides: at which scale, and at which row, in pixels of the film."""

    source: "ReferenceType[Plane]"
    scale: tuple[float, float]
    top: float
    strips: dict[int, _Strip] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)
    """The phases that were asked for."""

    def goes_on(self, scale: tuple[float, float], top: float) -> bool:
        """Whether a camera of that scale at that row has only slid, or shows another part of the height."""
        way = top - self.top
        return self.scale == scale and abs(way - round(way)) < SAME

    @property
    def kept_bytes(self) -> int:
        """Of its strips."""
        return sum(strip.plane.nbytes for strip in self.strips.values())


class SlidingSampler:
    """Samples as :class:`services.video.resampling.Sampler` does, which samples for it. For one thread."""

    def __init__(self, width: int, height: int) -> None:
        self._sampler = Sampler(width, height)
        self._phases = PHASES if width <= SMALL_WIDTH else FEWER_PHASES
        self._slides: dict[int, _Slide] = {}
        """By the id of their plane, as long as that is there."""
        self._room = KEPT_BYTES

    def sampled(
        self, source: Plane, width: int, height: int, *, scale: tuple[float, float], start: tuple[float, float]
    ) -> Plane:
        """See :meth:`services.video.resampling.Sampler.sampled`. What is returned is not to be written to. While the
        camera slides, the place that is sampled is up to half a phase from ``start``.
        """
        top, slide = start[1] / scale[1], self._slides.get(id(source))
        if slide is None or not slide.goes_on(scale, top):
            self._begin(source, scale, top)
            return self._sampler.sampled(source, width, height, scale=scale, start=start)
        steps = round(start[0] / scale[0] * self._phases)
        left, phase = divmod(steps, self._phases)
        row = round(top - slide.top)
        if phase in slide.asked and phase not in slide.strips:
            self._keep(slide, source, phase, min(left, MOST_SURPLUS), row, height)
        slide.asked.add(phase)
        strip = slide.strips.get(phase)
        seen = strip.cut(left, row, width, height) if strip else None
        if seen is None:
            at = steps / self._phases * scale[0], start[1]
            return self._sampler.sampled(source, width, height, scale=scale, start=at)
        return seen

    def _begin(self, source: Plane, scale: tuple[float, float], top: float) -> None:
        """A plane is new, or the camera moves over it otherwise than until now."""
        number = id(source)
        self._end(number)
        self._slides[number] = _Slide(ref(source, lambda _: self._end(number)), scale, top)

    def _end(self, number: int) -> None:
        ended = self._slides.pop(number, None)
        self._room += ended.kept_bytes if ended else 0

    def _keep(self, slide: _Slide, source: Plane, phase: int, left: int, row: int, height: int) -> None:
        """Sample a strip of one phase from column ``left`` to the plane's end, ``height`` rows from ``row`` on, if
        there is room for it.
        """
        across, down = slide.scale
        width = floor((source.shape[1] - 1) / across - phase / self._phases) + 1 - left
        if 0 < width * height <= self._room:
            start = (left + phase / self._phases) * across, (slide.top + row) * down
            made = Sampler(width, height).sampled(source, width, height, scale=slide.scale, start=start)
            slide.strips[phase] = _Strip(made.copy(), left, row)
            self._room -= width * height
