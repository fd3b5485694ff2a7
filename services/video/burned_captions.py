"""The captions of a film as they are burned in: in which frames each is seen, and lights up, and in which inks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas import Word
from services.video.captions import Cue
from services.video.footage import Footage, Shot
from services.video.karaoke import sung
from services.video.lettering import Letterer
from services.video.line_breaking import Card
from services.video.looks import DARK_PAGE, LIGHT, LIGHT_PAGE, Inks, is_burned, look_of
from services.video.picture_files import load_picture
from services.video.segments import ShownCaption
from services.video.stretches import Stretch

THUMBNAIL = (64, 64)
"""Pixels by which the brightness of a picture is told."""
BRIGHT_Y = 165
"""Luma, 16 to 235, from which letters on a picture are dark."""


@dataclass(frozen=True)
class BurnedCaption:
    """A caption and the frames of the film in which it is seen, before it is lettered."""

    lines: Card
    start_frame: int
    end_frame: int
    inks: Inks = LIGHT
    syllables: tuple[tuple[str, ...], ...] = ()
    """Of each line; empty where none lights up."""
    lit_frames: tuple[int, ...] = ()
    """From which frame of the film each of them is lit."""

    def is_seen_in(self, stretch: Stretch) -> bool:
        """Whether any of its frames is there."""
        return self.start_frame < stretch.end_frame and stretch.start_frame < self.end_frame

    def lettered(self, letterer: Letterer) -> ShownCaption:
        """The caption, ready to be laid over frames."""
        plate = letterer.plate(self.lines, self.syllables, self.inks)
        return ShownCaption(self.start_frame, self.end_frame, plate, self.lit_frames)


def burned(
    footage: Footage, shown: Sequence[Cue], words: Sequence[Word], inks: Mapping[int, Inks]
) -> list[BurnedCaption]:
    """The captions as the film's look has them. ``words`` have their times in the film, ``inks`` are those of pages
    that have their own.
    """
    if not is_burned(footage):
        return []
    look, fps = look_of(footage), footage.fps
    lights = sung(shown, words) if look.is_sung else [()] * len(shown)
    return [
        BurnedCaption(
            lines=cue.lines,
            start_frame=round(cue.start_s * fps),
            end_frame=round(cue.end_s * fps),
            inks=inks.get(cue.page, LIGHT),
            syllables=tuple(tuple(syllable.text for syllable in line) for line in lit),
            lit_frames=tuple(round(syllable.start_s * fps) for line in lit for syllable in line),
        )
        for cue, lit in zip(shown, lights, strict=True)
    ]


def inks_of(shot: Shot) -> Inks:
    """Those of a page of a book: dark on a bright picture, else light. BadInput when the picture cannot be read."""
    return DARK_PAGE if load_picture(shot.picture, shot.page, *THUMBNAIL).y.mean() >= BRIGHT_Y else LIGHT_PAGE
