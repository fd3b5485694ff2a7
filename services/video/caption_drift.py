"""How far captions are from the words that are heard while they are seen. Pure.

It reads the captions as a player does, from SubRip, and finds each one's words by their letters, whatever timed them.
"""

from collections.abc import Sequence

import pysubs2

from schemas import Word
from services.video.spoken_text import find, heard_parts, parts


def caption_drift_s(srt: str, words: Sequence[Word]) -> float | None:
    """How much later or earlier than its first word a caption appears at most, or vanishes before its last one ends.

    ``words`` have their times in the film. A caption whose first or last word is not among them cannot be judged there:
    a number may be read otherwise than it is written. None when none can be judged.
    """
    captions = pysubs2.SSAFile.from_string(srt, format_="srt").events if words else []
    seen = [(caption, part.group()) for caption in captions for part in parts(caption.plaintext)]
    heard = find([text for _, text in seen], heard_parts(words))
    drifts: list[float] = []
    for place, (caption, _) in enumerate(seen):
        if place not in heard:
            continue
        if place == 0 or seen[place - 1][0] is not caption:
            drifts.append(abs(caption.start / 1000 - heard[place].start_s))
        if place + 1 == len(seen) or seen[place + 1][0] is not caption:
            drifts.append(heard[place].end_s - caption.end / 1000)
    return max(drifts, default=None)
