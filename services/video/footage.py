"""What a composer is given and what it gives back: plain values, files instead of URIs."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from schemas import Cut, Language, Mood, Output, QualityReport, Seed, Setting, Sound, Word


@dataclass(frozen=True)
class SpokenClip:
    """One spoken segment. Times are seconds from the start of the clip."""

    text: str
    audio: Path
    first_word_s: float = 0.0
    last_word_s: float | None = None
    """When the last word ends; None: the end of the clip."""
    words: tuple[Word, ...] = ()
    """Empty when nobody knows when each word is heard."""


class CardKind(StrEnum):
    """What a card says: the film's title, or that it is over."""

    TITLE = "title"
    END = "end"


@dataclass(frozen=True)
class ShotLayer:
    """What is seen of a page's picture at one depth: 0 where the characters stand, 1 as far as the sky."""

    picture: Path
    depth: float


@dataclass(frozen=True)
class Shot:
    """One page: its picture, shown while its clips are heard. Or a card over the picture of the page beside it."""

    page: int
    picture: Path
    clips: tuple[SpokenClip, ...] = ()
    mood: Mood = Mood.CALM
    sounds: tuple[Sound, ...] = ()
    """Heard beside the narration."""
    animation: Path | None = None
    """The picture in motion, shown in its place; None: the camera moves over it."""
    card: CardKind | None = None
    """None: it is a page."""
    layers: tuple[ShotLayer, ...] = ()
    """The picture in depth, farthest first; empty: it is flat."""
    setting: Setting | None = None
    """Where and when it plays; None: nobody knows."""

    @property
    def name(self) -> str:
        """What it is called where something goes wrong."""
        return f"page {self.page}" if self.card is None else f"the {self.card} card"


@dataclass(frozen=True)
class Footage:
    """Everything a film is made of."""

    shots: tuple[Shot, ...]
    language: Language
    width: int
    height: int
    fps: int
    music: Path | None = None
    burn_captions: bool = True
    cut: Cut | None = None
    """None: pages dissolve into each other, without cards, captions plain."""
    outputs: tuple[Output, ...] = ()
    """What is made beside the film."""
    seed: Seed = 0
    title: str = ""


@dataclass(frozen=True)
class MadeOutput:
    """One of the footage's outputs, made. Its size is in pixels; None: nothing is seen of it."""

    output: Output
    file: Path
    model: str
    """What encoded it, for the manifest."""
    size: tuple[int, int] | None


@dataclass(frozen=True)
class Composition:
    """The finished film as a file, its captions as text."""

    video: Path
    srt: str
    vtt: str
    duration_s: float
    loudness_lufs: float
    ass: str | None = None
    """None: the composer makes none."""
    outputs: tuple[MadeOutput, ...] = ()
    """In the order of the footage's."""
    quality: QualityReport | None = None
    """None: the composer does not measure what it makes."""
