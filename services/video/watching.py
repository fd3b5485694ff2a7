"""Watching frames while they are drawn: where a film is black, and where nothing moves in it.

Both are told as ffmpeg's blackdetect and freezedetect tell them, of a few small frames a second. Stretches are watched
by whoever draws them; what was seen of all of them together is known once the last one is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from schemas.quality import Span
from services.video.frames import Frame
from services.video.picture import Plane
from services.video.stretches import KEYFRAME_S

LOOKS_PER_S = 8
BLACK_S = 0.3
"""Shorter darkness is not told."""
BLACK_Y, BLACK_SHARE = 16 + 0.1 * (235 - 16), 0.98
"""Luma up to which a pixel is nearly without light; the share of such pixels in a black frame."""
FROZEN_S = 2.0
FROZEN_NOISE = 0.0005 * 256
"""Mean absolute difference, in 8-bit steps, under which two small frames show the same."""
LOOK_SIDE = 160
"""The longer side of a small frame in which black and stillness are looked for."""
KEYFRAME_SIDE = 40
"""The same of a keyframe: so small that an encoder, however coarse, changes it less than another page would."""

Run = tuple[int, int]
"""First frame, and the one behind the last."""


@dataclass(frozen=True)
class Seen:
    """What was seen of a stretch, its frames counted from its start."""

    frames: int
    black: tuple[Run, ...]
    still: tuple[Run, ...]
    """Runs of frames that show the same, to the first that does not; one that goes on at the end of the stretch ends
    there.
    """
    keyframes: Plane
    """Its first frame, and those where keyframes follow, small: what its file must show there. A row each, I420."""
    first: Plane
    last: Plane
    """What the first and the last run of still frames show, to be compared with that of the stretches beside."""


def small_size(width: int, height: int, side: int) -> tuple[int, int]:
    """The size of a small frame whose longer side is about ``side``: even."""
    scale = side / max(width, height)
    return max(round(width * scale / 2), 1) * 2, max(round(height * scale / 2), 1) * 2


def small(frame: Frame, side: int, interpolation: int) -> Plane:
    """A frame made small, as I420 in one row."""
    width, height = small_size(frame.width, frame.height, side)
    half = width // 2, height // 2
    planes = (frame.y, (width, height)), (frame.u, half), (frame.v, half)
    return np.concatenate([_shrunk(plane, size, interpolation).ravel() for plane, size in planes])


def _shrunk(plane: Plane, size: tuple[int, int], interpolation: int) -> Plane:
    """A plane made small. The means of areas are taken of whole samples first, where they divide a plane evenly, which
    OpenCV does ten times as fast.
    """
    if interpolation == cv2.INTER_AREA:
        height, width = plane.shape
        step = next((step for step in (8, 4, 2) if width % step == height % step == 0 and width >= step * size[0]), 1)
        plane = np.asarray(cv2.resize(plane, (width // step, height // step), interpolation=interpolation), np.uint8)
    return np.asarray(cv2.resize(plane, size, interpolation=interpolation), np.uint8)


def difference(one: Plane, other: Plane) -> float:
    """The mean absolute difference of two small frames, in 8-bit steps."""
    return float(cv2.norm(one, other, cv2.NORM_L1)) / one.size


class Watcher:
    """Watches the frames of one stretch."""

    def __init__(self, fps: int) -> None:
        self._step = max(1, round(fps / LOOKS_PER_S))
        self._number = 0
        self._black: list[Run] = []
        self._still: list[Run] = []
        self._keyframes: list[Plane] = []
        self._keyframe_step = KEYFRAME_S * fps
        self._first: Plane | None = None
        self._now: Plane | None = None

    def watch(self, frame: Frame) -> None:
        """See the next frame."""
        if self._number % self._step == 0:
            self._look(frame)
        if self._number % self._keyframe_step == 0:
            self._keyframes.append(small(frame, KEYFRAME_SIDE, cv2.INTER_AREA))
        self._number += 1

    def seen(self) -> Seen:
        """What was seen until now. ValueError when it was nothing."""
        if self._first is None or self._now is None:
            raise ValueError("no frame was watched")
        return Seen(
            self._number,
            tuple((start, min(end, self._number)) for start, end in self._black),
            tuple((start, min(end, self._number)) for start, end in self._still),
            np.stack(self._keyframes),
            self._first,
            self._now,
        )

    def _look(self, frame: Frame) -> None:
        now, until = small(frame, LOOK_SIDE, cv2.INTER_LINEAR), self._number + self._step
        luma = now[: now.size * 2 // 3]
        if np.count_nonzero(luma <= BLACK_Y) >= BLACK_SHARE * luma.size:
            _go_on(self._black, self._number, until)
        if self._now is None:
            self._first = now
        if self._now is None or difference(self._now, now) > FROZEN_NOISE:
            if self._still:
                self._still[-1] = self._still[-1][0], self._number
            self._now = now
            self._still.append((self._number, until))
        else:
            self._still[-1] = self._still[-1][0], until


def together(stretches: Sequence[Seen], fps: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """When a film of these stretches is black, and when it is frozen, in seconds of the film."""
    black: list[Run] = []
    still: list[Run] = []
    start, shown = 0, None
    for seen in stretches:
        for first, end in seen.black:
            _go_on(black, start + first, start + end)
        runs = [(start + first, start + end) for first, end in seen.still]
        if still and shown is not None and difference(shown, seen.first) <= FROZEN_NOISE:
            still[-1] = still[-1][0], runs.pop(0)[1]
        shown = seen.last if runs or shown is None else shown
        still += runs
        start += seen.frames
    return _spans(black, fps, BLACK_S), _spans(still, fps, FROZEN_S)


def _go_on(runs: list[Run], start: int, end: int) -> None:
    """Add a run, or make the last one longer that ends where it starts."""
    if runs and runs[-1][1] >= start:
        runs[-1] = runs[-1][0], end
    else:
        runs.append((start, end))


def _spans(runs: Sequence[Run], fps: int, shortest_s: float) -> tuple[Span, ...]:
    return tuple((start / fps, end / fps) for start, end in runs if end - start >= shortest_s * fps)
