"""Captions as Advanced SubStation Alpha, in which each word, in Chinese each character, lights up as it is heard.

Karaoke by ``\\k`` tags, as Aegisub and libass define them: how long each syllable lasts, in hundredths of a second.
"""

from collections.abc import Sequence
from itertools import pairwise

import pysubs2

from schemas import Word
from services.video.captions import Cue
from services.video.lettering import FACE, LINE_HEIGHT, SIZE, SafeArea
from services.video.spoken_text import Heard, find, heard_parts, parts

FONT_HEIGHT = 1.448
"""Of Noto Sans CJK, from its highest to its lowest, in ems: what the format calls the size of a font."""
SPOKEN, WAITING, EDGE = pysubs2.Color(255, 221, 102), pysubs2.Color(255, 255, 255), pysubs2.Color(0, 0, 0)
_SIGNS = str.maketrans({"{": "｛", "}": "｝", "\\": "＼"})
"""What would be read as a tag."""


def ass(shown: Sequence[Cue], words: Sequence[Word], title: str, width: int, height: int) -> str:
    """The captions of a film of ``width`` x ``height`` pixels. ``words`` have their times in the film.

    A word whose time nobody knows gets its share, by its letters, of the time between those that are known.
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
    document.styles["Default"] = _style(width, height)
    written = [part.group() for cue in shown for line in cue.lines for part in parts(line)]
    heard = find(written, heard_parts(words))
    at = 0
    for cue in shown:
        count = sum(len(parts(line)) for line in cue.lines)
        spoken = [heard.get(place) for place in range(at, at + count)]
        at += count
        document.append(
            pysubs2.SSAEvent(start=round(cue.start_s * 1000), end=round(cue.end_s * 1000), text=_karaoke(cue, spoken))
        )
    text: str = document.to_string("ass")
    return text


def _style(width: int, height: int) -> pysubs2.SSAStyle:
    area, size = SafeArea.of(width, height), SIZE * min(width, height)
    side = round(width * (1 - area.width) / 2)
    return pysubs2.SSAStyle(
        fontname=FACE,
        fontsize=round(size * FONT_HEIGHT, 1),
        primarycolor=SPOKEN,
        secondarycolor=WAITING,
        outlinecolor=EDGE,
        outline=round(size * 0.055, 1),
        shadow=0,
        alignment=pysubs2.Alignment.BOTTOM_CENTER,
        marginl=side,
        marginr=side,
        marginv=round(area.bottom * height - size * (FONT_HEIGHT - LINE_HEIGHT) / 2),
    )


def _karaoke(cue: Cue, spoken: Sequence[Heard | None]) -> str:
    """The caption's text with the time of each part, counted from the caption's start."""
    starts = _starts(cue, spoken)
    marks = [round(100 * (start - cue.start_s)) for start in [*starts, cue.end_s]]
    lines: list[str] = []
    number = 0
    for line in cue.lines:
        found = parts(line)
        edges = [part.start() for part in found] + [len(line)]
        text = line[: edges[0]].translate(_SIGNS)
        for place in range(len(found)):
            text += (
                f"{{\\k{marks[number + 1] - marks[number]}}}{line[edges[place] : edges[place + 1]].translate(_SIGNS)}"
            )
            number += 1
        lines.append(text)
    wait = f"{{\\k{marks[0]}}}" if starts and marks[0] > 0 else ""
    return wait + "\\N".join(lines)


def _starts(cue: Cue, spoken: Sequence[Heard | None]) -> list[float]:
    """When each part is begun, never before the one before it; what is not known lies evenly between what is."""
    known = [(0, cue.start_s)] if spoken and spoken[0] is None else []
    known += [(place, part.start_s) for place, part in enumerate(spoken) if part]
    known.append((len(spoken), cue.end_s))
    starts: list[float] = []
    for (place, start_s), (after, end_s) in pairwise(known):
        step = max(end_s - start_s, 0.0) / (after - place)
        starts += [start_s + number * step for number in range(after - place)]
    earliest = cue.start_s
    for place, start_s in enumerate(starts):
        starts[place] = earliest = min(max(start_s, earliest), cue.end_s)
    return starts
