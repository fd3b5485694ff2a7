"""When everything happens in a film: pages and cards in frames, clips in seconds. Pure.

A page owns the frames from the start of its own transition to the start of the next page's, so what a page looks like
depends on it and on the page before alone, and its frames can be encoded without knowing the rest of the film. A card
is laid out as a page without narration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from schemas import TransitionKind
from services.video.page_turns import LENGTHS_S, LONGEST_S, frames_of

OPENING_S = 0.6
"""From the first frame to the first word, where no card comes before."""
LEAD_S = 0.62
"""From the start of a page's transition to its first word, at least;"""
SEEN_S = 0.02
"""from the end of a longer transition to it."""
TRAIL_S = 0.2
"""From a page's last word to the next transition; with LEAD_S the pause around a page change."""
ENDING_S = 1.5
"""From the last word to the last frame,"""
BEFORE_CARD_S = 0.7
"""or to the end card's transition."""
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
class Part:
    """A page or a card, as far as its time goes."""

    speech: Sequence[SpeechSpan] = ()
    transition: TransitionKind = TransitionKind.DISSOLVE
    """From what is before; of the first part there is none."""
    card_s: float | None = None
    """How long a card is seen before the next transition; None: it is a page."""


@dataclass(frozen=True)
class PageSlot:
    """When a page is on the screen and when its clips start."""

    start_frame: int
    """Its first own frame, where its transition begins."""
    end_frame: int
    """Behind its last own frame."""
    transition: TransitionKind
    transition_frames: int
    """Length of the transition from the page before; 0 on the first page."""
    outlasting_frames: int
    """For how long it may be seen behind ``end_frame``, in the next page's transition, whichever that is; 0 on the last
    page.
    """
    clip_starts_s: tuple[float, ...]
    """From the start of the film."""

    @property
    def visible_frames(self) -> int:
        """Frames in which the picture is seen, the next page's transition with it."""
        return self.end_frame - self.start_frame + self.outlasting_frames


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


def plan(parts: Sequence[Part], fps: int) -> Timeline:
    """Lay out pages and cards. Pauses are those that are heard, from word to word."""
    outlasting = ceil(LONGEST_S * fps)
    slots: list[PageSlot] = []
    frame = 0
    for index, part in enumerate(parts):
        following = parts[index + 1] if index + 1 < len(parts) else None
        starts, speech_end_s = _place(part.speech, _lead(part) if slots else OPENING_S)
        transition_frames = frames_of(part.transition, fps) if slots else 0
        length_s = _length(part, following, starts, speech_end_s)
        end = frame + max(ceil(length_s * fps - 1e-6), transition_frames + 1)
        slots.append(
            PageSlot(
                start_frame=frame,
                end_frame=end,
                transition=part.transition,
                transition_frames=transition_frames,
                outlasting_frames=outlasting if following else 0,
                clip_starts_s=tuple(frame / fps + start for start in starts),
            )
        )
        frame = end
    return Timeline(fps, tuple(slots))


def _lead(part: Part) -> float:
    return max(LEAD_S, LENGTHS_S[part.transition] + SEEN_S)


def _length(part: Part, following: Part | None, starts: Sequence[float], speech_end_s: float) -> float:
    """How long a part has the screen for itself, its own transition with it."""
    if part.card_s is not None:
        return part.card_s
    if not part.speech:
        return SILENT_PAGE_S
    if following is None:
        return max(speech_end_s + ENDING_S, starts[-1] + part.speech[-1].length_s)
    return speech_end_s + (TRAIL_S if following.card_s is None else BEFORE_CARD_S)


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
