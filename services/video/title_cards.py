"""Title and end card: large letters over a page's picture, softened and darkened.

A card is a picture of its own, letters and all, so that the camera, transitions and every shape of film have it as they
have any other picture.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from schemas import Language
from services.video.footage import CardKind, Footage
from services.video.lettering import FACE, face_index, font_path
from services.video.line_breaking import Card, cards
from services.video.picture import RGB_TO_YUV, Picture, Plane

ENDINGS = {"en": "The End", "zh": "完"}
LARGEST, SMALLEST = 0.155, 0.055
"""Of letters: their size, of the film's shorter side."""
SHRINKING = 0.94
WIDTH, HEIGHT = 0.8, 0.5
"""Where letters may stand: the middle of the frame, well inside the margins of EBU R 95."""
LINE_HEIGHT = 1.25
RULER_SIZE = 100
WEIGHT = 0.018
"""How much bolder than the typeface, in ems on each side."""
HALO, HALO_OPACITY = 0.2, 0.55
"""The width of the shadow around letters, in ems, and how dark it is at most."""
HALO_GAIN = 1.6
"""How much of the shadow is at its darkest."""
BLACK_Y = 16
RULE_WIDTH, RULE_HEIGHT, RULE_GAP = 0.09, 0.0035, 0.45
"""A line below a title: of the film's longer side, of its shorter side, and ems below the last line."""
IVORY = (255, 247, 228)
GROUND_LUMA = 78.0
"""The mean luma of the ground above black: white letters are read on it, and it never counts as black."""
LIGHT_RANGE = (0.3, 1.15)
"""How much of its light a picture may keep."""
COLOUR_KEPT = 0.8
SOFTNESS = 0.006
"""Of the blur, in widths of the frame."""
BLUR_WIDTH = 480


@dataclass(frozen=True)
class Set:
    """Words as they are set: lines, and the size of letters in pixels."""

    lines: Card
    size: int


def words_of(kind: CardKind, footage: Footage) -> str:
    """What a card says."""
    return " ".join(footage.title.split()) if kind is CardKind.TITLE else ENDINGS[footage.language]


def card_picture(picture: Picture, kind: CardKind, footage: Footage) -> Picture:
    """The card of that kind over a page's picture, in planes of the same size."""
    height, width = picture.y.shape
    card = _ground(picture)
    _letter(card, set_words(words_of(kind, footage), footage.language, width, height), has_rule=kind is CardKind.TITLE)
    return card


def set_words(text: str, language: Language, width: int, height: int) -> Set:
    """The largest setting of ``text`` on a line or two of a frame of that size; what is too long is cut short by …."""
    shorter = min(width, height)
    size = LARGEST * shorter
    while size >= SMALLEST * shorter:
        if lines := _lines(text, language, size, width, height):
            return Set(lines, round(size))
        size *= SHRINKING
    size, kept = SMALLEST * shorter, text
    while len(kept) > 1:
        kept = (kept.rpartition(" ")[0] or kept[:-1]).rstrip(" ,.;:，。；：、")
        if lines := _lines(f"{kept}…", language, size, width, height):
            return Set(lines, round(size))
    return Set((f"{text[:1]}…",), round(size))


def _lines(text: str, language: Language, size: float, width: int, height: int) -> Card | None:
    """The lines of ``text`` at a size; None when they do not fit."""
    widest = WIDTH * width / size
    room = min(2, int(HEIGHT * height / (size * LINE_HEIGHT)))
    if _ems(text) > room * widest:
        return None
    found = cards(text, language, _ems, widest)
    return found[0] if len(found) == 1 and len(found[0]) <= room else None


@lru_cache(4096)
def _ems(text: str) -> float:
    """The width of a text in ems, whatever their size."""
    return float(_font(RULER_SIZE).getlength(text)) / RULER_SIZE


def _ground(picture: Picture) -> Picture:
    """The picture out of focus and in less light."""
    light = float(np.clip(GROUND_LUMA / max(float(picture.y.mean()) - 16, 1.0), *LIGHT_RANGE))
    colour = COLOUR_KEPT * min(light, 1.0) ** 0.5
    return Picture(
        _dimmed(_soften(picture.y, SOFTNESS), 16, light),
        _dimmed(_soften(picture.u, SOFTNESS), 128, colour),
        _dimmed(_soften(picture.v, SOFTNESS), 128, colour),
    )


def _dimmed(plane: Plane, rest: int, share: float) -> Plane:
    """The plane with that share of its distance from ``rest``."""
    tones = np.clip(rest + (np.arange(256) - rest) * share, 16, 240)
    return np.asarray(cv2.LUT(plane, np.rint(tones).astype(np.uint8)), np.uint8)


def _soften(plane: Plane, softness: float) -> Plane:
    """Blur a plane by way of a small one; ``softness`` is of its width."""
    height, width = plane.shape
    small_width = min(BLUR_WIDTH, width)
    small = cv2.resize(plane, (small_width, max(1, round(height * small_width / width))), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), softness * small_width)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def _letter(card: Picture, letters: Set, *, has_rule: bool) -> None:
    """Set letters, and a rule below them, amid a card."""
    height, width = card.y.shape
    size, step = letters.size, letters.size * LINE_HEIGHT
    tall = step * len(letters.lines) + (RULE_GAP * size if has_rule else 0)
    top = max(round((height - tall) / 4 - size / 2), 0) * 2
    rows = slice(top, min(top + round(tall / 2 + size) * 2, height))
    mask = Image.new("L", (width, rows.stop - rows.start))
    pen, first = ImageDraw.Draw(mask), (height - tall) / 2 - top
    for number, line in enumerate(letters.lines):
        place = (width / 2, first + step * (number + 0.5))
        pen.text(place, line, font=_font(size), fill=255, anchor="mm", stroke_width=WEIGHT * size)
    if has_rule:
        long, thick = RULE_WIDTH * max(width, height) / 2, max(1, RULE_HEIGHT * min(width, height) / 2)
        pen.rectangle((width / 2 - long, first + tall - thick, width / 2 + long, first + tall + thick), fill=200)
    _paint(card, rows, np.asarray(mask), HALO * size / width)


def _paint(card: Picture, rows: slice, mask: Plane, softness: float) -> None:
    """Lay ivory, and the shadow around it, on some rows of a card."""
    white = mask.astype(np.float32) / np.float32(255)
    shade = np.minimum(_soften(mask, softness).astype(np.float32) * (HALO_GAIN / 255), 1) * HALO_OPACITY
    ivory = RGB_TO_YUV[:, :3] @ np.array(IVORY, np.float32) + RGB_TO_YUV[:, 3]
    _mix(card.y[rows], BLACK_Y, shade)
    _mix(card.y[rows], ivory[0], white)
    size = white.shape[1] // 2, white.shape[0] // 2
    half = np.asarray(cv2.resize(white, size, interpolation=cv2.INTER_AREA), np.float32)
    for plane, tone in zip((card.u, card.v), ivory[1:], strict=True):
        _mix(plane[rows.start // 2 : rows.stop // 2], tone, half)


def _mix(plane: Plane, tone: float, share: NDArray[np.float32]) -> None:
    plane[:] = np.rint(plane + (np.float32(tone) - plane) * share)


@lru_cache(8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_path()), size, index=face_index(FACE))
