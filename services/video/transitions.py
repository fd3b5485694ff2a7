"""Drawing how one page gives way to the next, on YUV 4:2:0 planes."""

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from schemas import TransitionKind
from services.video.frames import BLACK_Y, Frame
from services.video.picture import Plane

LEFT_BEHIND = 0.3
"""How far the page before moves while another slides over it, of the way of that one."""
SHADOW_WIDTH, SHADOW_DEPTH = 0.04, 0.5
"""Of the shadow that a sliding page casts: of the frame's width, and how much light it takes at its edge."""
EDGE_WIDTH = 0.18
"""Of the soft edge of a wipe, in widths of the frame."""
EDGE_SLANT = 0.2
"""How much further the edge is at the foot of the frame than at its head, in widths of the frame."""


def draw(kind: TransitionKind, frame: Frame, before: Frame, progress: float) -> None:
    """Turn ``frame``, the page that comes, into the frame of a transition at ``progress``, between 0 and 1.

    ``before`` is the page that goes, of the same size; it may be drawn over.
    """
    _DRAWN[kind](frame, before, eased(progress))


def eased(progress: float) -> float:
    """Slow at both ends, as a hand moves."""
    return progress * progress * (3 - 2 * progress)


def _dissolve(frame: Frame, before: Frame, progress: float) -> None:
    frame.mix(before, 1 - progress)


def _fade(frame: Frame, before: Frame, progress: float) -> None:
    """The page before sinks into black until half-way, then this one rises from it."""
    if progress < 0.5:
        frame.buffer[:] = before.buffer
    before.blacken()
    frame.mix(before, 1 - abs(2 * progress - 1))


def _slide(frame: Frame, before: Frame, progress: float) -> None:
    """The page comes in from the right, over the one before, which draws back a little; by even steps of luma."""
    seen = _even(frame.width * progress)
    gone = _even(frame.width * progress * LEFT_BEHIND)
    for own, other, scale in ((frame.y, before.y, 1), (frame.u, before.u, 2), (frame.v, before.v, 2)):
        width = own.shape[1]
        edge, moved = width - seen // scale, gone // scale
        own[:, edge:] = own[:, : width - edge].copy()
        own[:, :edge] = other[:, moved : moved + edge]
    _cast_shadow(frame, frame.width - seen)


def _cast_shadow(frame: Frame, edge: int) -> None:
    """Darken what lies left of a sliding page's edge."""
    shade = _shade(_even(SHADOW_WIDTH * frame.width))
    width = min(len(shade), edge)
    if width:
        region = frame.y[:, edge - width : edge]
        region[:] = BLACK_Y + np.multiply(region - float(BLACK_Y), shade[-width:], dtype=np.float32).clip(0)


@lru_cache(8)
def _shade(width: int) -> NDArray[np.float32]:
    """The light that is left beside a page's edge, which is at the end."""
    return (1 - SHADOW_DEPTH * np.linspace(0, 1, width, dtype=np.float32) ** 2).astype(np.float32)


def _wipe(frame: Frame, before: Frame, progress: float) -> None:
    """A soft, slanting edge opens the page from left to right."""
    luma, chroma = _distances(frame.width, frame.height)
    at = progress * (1 + EDGE_WIDTH + EDGE_SLANT)
    _blend(frame.y, before.y, _share(luma, at))
    share = _share(chroma, at)
    _blend(frame.u, before.u, share)
    _blend(frame.v, before.v, share)


def _share(distances: NDArray[np.float32], at: float) -> NDArray[np.float32]:
    return np.asarray(np.clip((at - distances) / EDGE_WIDTH, 0, 1), np.float32)


def _blend(own: Plane, other: Plane, share: NDArray[np.float32]) -> None:
    own[:] = cv2.blendLinear(own, other, share, 1 - share)


@lru_cache(4)
def _distances(width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How far from the left a wipe must come to reach each sample of luma and of chroma, in widths of the frame.

    H.264's chroma sample k lies on luma sample 2k of a row and between 2k and 2k + 1 of a column.
    """
    x, y = np.arange(width, dtype=np.float32) / width, np.arange(height, dtype=np.float32) / height
    luma = x[None, :] + EDGE_SLANT * (1 - y)[:, None]
    half = (luma[0::2, 0::2] + luma[1::2, 0::2]) / 2
    return luma.astype(np.float32), half.astype(np.float32)


def _even(length: float) -> int:
    return round(length / 2) * 2


_DRAWN: dict[TransitionKind, Callable[[Frame, Frame, float], None]] = {
    TransitionKind.FADE: _fade,
    TransitionKind.DISSOLVE: _dissolve,
    TransitionKind.SLIDE: _slide,
    TransitionKind.WIPE: _wipe,
}
"""All but a cut, of which there is nothing to draw."""
