"""When everything happens in a film: pages in frames, clips in seconds. Pure.

A page owns the frames from the start of its own cross-fade to the start of the next page's, so what a page looks like
depends on it and on the page before alone, and its frames can be encoded without knowing the rest of the film.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

CROSS_FADE_S = 0.6
OPENING_S = 0.6
"""From the first frame to the first word."""
LEAD_S = 0.62
"""From the start of a page's cross-fade to its first word."""
TRAIL_S = 0.2
"""From a page's last word to the next cross-fade; with LEAD_S the pause around a page change."""
ENDING_S = 1.5
"""From the last word to the last frame."""
SILENT_PAGE_S = 3.0
SENTENCE_PAUSE_S = 0.42
CLAUSE_PAUSE_S = 0.28
SENTENCE_ENDS = tuple(".!?…。！？")
CLOSING_MARKS = "\"'”’」』）)》】 "


@dataclass(frozen=True)
class SpeechSpan:
    """Where speech lies inside a clip, in seconds from its start, and how long the clip is."""

    length_s: float
    first_word_s: float
    last_word_s: float
    pause_after_s: float = SENTENCE_PAUSE_S


@dataclass(frozen=True)
class PageSlot:
    """When a page is on the screen and when its clips start."""

    start_frame: int
    """Its first own frame, where its cross-fade begins."""
    end_frame: int
    """Behind its last own frame."""
    fade_in_frames: int
    """Length of the cross-fade from the page before; 0 on the first page."""
    fade_out_frames: int
    """Length of the cross-fade into the next page, which lies behind ``end_frame``; 0 on the last page."""
    clip_starts_s: tuple[float, ...]
    """From the start of the film."""

    @property
    def visible_frames(self) -> int:
        """Frames in which the picture is seen, the next page's cross-fade with it."""
        return self.end_frame - self.start_frame + self.fade_out_frames


@dataclass(frozen=True)
class Timeline:
    """The whole film."""

    fps: int
    pages: tuple[PageSlot, ...]

    @property
    def frame_count(self) -> int:
        """Frames of the film."""
        return self.pages[-1].end_frame

    @property
    def duration_s(self) -> float:
        """Exact length of the film."""
        return self.frame_count / self.fps


def pause_after(text: str) -> float:
    """How long a narrator pauses behind a segment: longer behind a sentence than inside one. Seconds."""
    return SENTENCE_PAUSE_S if text.rstrip(CLOSING_MARKS).endswith(SENTENCE_ENDS) else CLAUSE_PAUSE_S


def plan(pages: Sequence[Sequence[SpeechSpan]], fps: int) -> Timeline:
    """Lay out pages, each given as the speech of its clips. Pauses are those that are heard, from word to word."""
    fade = max(1, round(CROSS_FADE_S * fps))
    slots: list[PageSlot] = []
    frame = 0
    for index, spans in enumerate(pages):
        is_first, is_last = index == 0, index == len(pages) - 1
        starts, speech_end_s = _place(spans, OPENING_S if is_first else LEAD_S)
        if not spans:
            length_s = SILENT_PAGE_S
        elif is_last:
            length_s = max(speech_end_s + ENDING_S, starts[-1] + spans[-1].length_s)
        else:
            length_s = speech_end_s + TRAIL_S
        end = frame + max(ceil(length_s * fps - 1e-6), fade + 1)
        slots.append(
            PageSlot(
                start_frame=frame,
                end_frame=end,
                fade_in_frames=0 if is_first else fade,
                fade_out_frames=0 if is_last else fade,
                clip_starts_s=tuple(frame / fps + start for start in starts),
            )
        )
        frame = end
    return Timeline(fps, tuple(slots))


def _place(spans: Sequence[SpeechSpan], lead_s: float) -> tuple[list[float], float]:
    """Clip starts from the start of the page, and when its last word ends. Silence at edges of clips may overlap."""
    starts: list[float] = []
    word_s = lead_s
    for span in spans:
        start = max(word_s - span.first_word_s, starts[-1] if starts else 0.0)
        starts.append(start)
        end = start + span.last_word_s
        word_s = end + span.pause_after_s
    return starts, (starts[-1] + spans[-1].last_word_s) if spans else 0.0
