"""Captions as Advanced SubStation Alpha: set as the film's are, each word, in Chinese each character, with its time.

Karaoke by ``\\k`` tags, as Aegisub and libass define them: how long each syllable lasts, in hundredths of a second. So
each lights up as it is heard, whatever the style of the film.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pysubs2

from schemas import Word
from services.video.captions import Cue
from services.video.karaoke import Sung, sung
from services.video.lettering import BOX_OPACITY, BOX_PADDING, FACE, OUTLINE
from services.video.looks import DARK_PAGE, LIGHT, PLAIN, Colour, Inks, Look, SafeArea

FONT_HEIGHT = 1.448
"""Of Noto Sans CJK, from its highest to its lowest, in ems: what the format calls the size of a font."""
BOX = 4
"""``BorderStyle`` of one box behind all lines, which libass has beside the format's own (3: a box behind each line).
Its padding is the style's shadow."""
DEFAULT, DARK = "Default", "Dark"
"""Names of styles: DARK is for pages whose picture is bright."""
_SIGNS = str.maketrans({"{": "｛", "}": "｝", "\\": "＼"})
"""What would be read as a tag."""


def ass(
    shown: Sequence[Cue],
    words: Sequence[Word],
    title: str,
    width: int,
    height: int,
    look: Look = PLAIN,
    inks: Mapping[int, Inks] | None = None,
) -> str:
    """The captions of a film of ``width`` x ``height`` pixels. ``words`` have their times in the film, ``inks`` are
    those of pages that have their own.
    """
    document = pysubs2.SSAFile()
    document.info |= {
        "Title": title.translate(_SIGNS),
        "PlayResX": str(width),
        "PlayResY": str(height),
        "ScaledBorderAndShadow": "yes",
        "WrapStyle": "2",
        "YCbCr Matrix": "TV.709",
    }
    of_pages = inks or {}
    light = next((ink for ink in of_pages.values() if ink != DARK_PAGE), LIGHT)
    document.styles[DEFAULT] = _style(width, height, look, light)
    if DARK_PAGE in of_pages.values():
        document.styles[DARK] = _style(width, height, look, DARK_PAGE)
    area = SafeArea.of(width, height, look)
    middle = height * (1 + area.top - area.bottom) / 2
    place = f"{{\\pos({width / 2:g},{middle:g})}}" if look.is_page else ""
    for cue, lit in zip(shown, sung(shown, words), strict=True):
        document.append(
            pysubs2.SSAEvent(
                start=round(cue.start_s * 1000),
                end=round(cue.end_s * 1000),
                text=place + _karaoke(cue, lit),
                style=DARK if of_pages.get(cue.page) == DARK_PAGE else DEFAULT,
            )
        )
    text: str = document.to_string("ass")
    return text


def _style(width: int, height: int, look: Look, inks: Inks) -> pysubs2.SSAStyle:
    area, em = SafeArea.of(width, height, look), look.size * min(width, height)
    side = round(width * (1 - area.width) / 2)
    padding = em * BOX_PADDING[1] if look.is_boxed else 0.0
    foot = area.bottom * height + padding - em * (FONT_HEIGHT - look.line_height) / 2
    return pysubs2.SSAStyle(
        fontname=FACE,
        fontsize=round(em * FONT_HEIGHT, 1),
        primarycolor=_colour(inks.lit),
        secondarycolor=_colour(inks.text),
        outlinecolor=_colour(inks.edge),
        backcolor=_colour(inks.edge, BOX_OPACITY),
        borderstyle=BOX if look.is_boxed else 1,
        outline=0 if look.is_boxed else round(em * OUTLINE, 1),
        shadow=round(padding, 1),
        alignment=pysubs2.Alignment.MIDDLE_CENTER if look.is_page else pysubs2.Alignment.BOTTOM_CENTER,
        marginl=side,
        marginr=side,
        marginv=round(foot),
    )


def _colour(colour: Colour, opacity: float = 1.0) -> pysubs2.Color:
    return pysubs2.Color(*colour, round(255 * (1 - opacity)))


def _karaoke(cue: Cue, lit: Sung) -> str:
    """The caption's text with the time of each syllable, counted from the caption's start."""
    starts = [syllable.start_s for line in lit for syllable in line]
    marks = [round(100 * (start - cue.start_s)) for start in [*starts, cue.end_s]]
    lasting = iter(after - before for before, after in pairwise(marks))
    lines = ["".join(f"{{\\k{next(lasting)}}}{syllable.text.translate(_SIGNS)}" for syllable in line) for line in lit]
    wait = f"{{\\k{marks[0]}}}" if marks[0] > 0 else ""
    return wait + "\\N".join(lines)
