"""A film before it is drawn: what is seen, said and read when, and the work of encoding it stretch by stretch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from schemas import OutputFormat, Word
from services.video.album import Album
from services.video.burned_captions import BurnedCaption, burned, inks_of
from services.video.captions import Cue, Spoken, cues
from services.video.crew import Crew
from services.video.cutting import parts
from services.video.delivery import targets_of
from services.video.encoders import Encoder
from services.video.footage import Footage
from services.video.hearing import decodings, speech_of
from services.video.kept_segments import KeptSegments, segment_name
from services.video.lettering import Letterer
from services.video.looks import Inks, Look, look_of
from services.video.renditions import Drawing
from services.video.segments import Target, encode_segment
from services.video.spoken_text import film_words
from services.video.stretches import Stretch, in_turn, stretches_of
from services.video.timeline import SpeechSpan, Timeline, plan
from talestream.cancellation import check_cancelled


@dataclass(frozen=True)
class Production:
    """Everything that is known of a film once its clips are decoded."""

    footage: Footage
    lengths: Sequence[int]
    """Of the clips, in samples."""
    speech: Sequence[Sequence[SpeechSpan]]
    """Of each shot's clips."""
    timeline: Timeline
    words: Sequence[Word]
    """In their times of the film."""
    look: Look
    inks: Mapping[int, Inks]
    """Of the captions of pages that have their own, by the page's number."""

    @property
    def stretches(self) -> list[Stretch]:
        """What is encoded for itself, in order."""
        return stretches_of(self.timeline)

    def frames_of(self, page: int) -> int:
        """How many frames a page has, a card over its picture with them."""
        slots = zip(self.footage.shots, self.timeline.pages, strict=True)
        return sum(slot.end_frame - slot.start_frame for shot, slot in slots if shot.page == page)

    def cues(self, canvas: Footage, look: Look) -> list[Cue]:
        """The captions of the film at the size of ``canvas``."""
        letterer = Letterer(canvas.width, canvas.height, look)
        spoken: list[Spoken] = []
        for shot, slot, spans in zip(self.footage.shots, self.timeline.pages, self.speech, strict=True):
            for clip, start_s, span in zip(shot.clips, slot.clip_starts_s, spans, strict=True):
                check_cancelled()
                shown = letterer.cards(clip.text, canvas.language)
                if shown:
                    moved = tuple(
                        word.model_copy(update={"start_s": start_s + word.start_s, "end_s": start_s + word.end_s})
                        for word in clip.words
                    )
                    first_s, last_s = start_s + span.first_word_s, start_s + span.last_word_s
                    spoken.append(Spoken(tuple(shown), first_s, last_s, moved, shot.page))
        return cues(spoken, self.timeline.duration_s)

    def encodings(
        self,
        drawing: Drawing,
        encoders: Mapping[OutputFormat, Encoder],
        kept: KeptSegments,
        workdir: Path,
        *,
        stills: int,
        page: int | None = None,
        on_frames: Callable[[int], None],
    ) -> list[Callable[[], None]]:
        """The work of encoding each stretch of the film, or of one page, or of taking it from an earlier composition.

        As many ``stills`` are in memory at a time, one more than there are workers.
        """
        canvas = replace(self.footage, width=drawing.width, height=drawing.height)
        captions = burned(canvas, self.cues(canvas, self.look), self.words, self.inks)
        letterer, album = Letterer(canvas.width, canvas.height, self.look), Album(canvas, stills)
        stretches = self.stretches
        targets = targets_of(drawing, encoders, len(stretches), workdir)
        return [
            partial(
                _encode,
                canvas,
                self.timeline,
                captions,
                stretches[number],
                targets[number],
                letterer,
                album,
                kept,
                on_frames,
            )
            for number in in_turn(stretches, stills - 1)
            if page is None or self.footage.shots[stretches[number].index].page == page
        ]


def produced(footage: Footage, crew: Crew, workdir: Path) -> Production:
    """Decode every clip of the footage into ``workdir`` and lay the film out."""
    lengths = crew.gather(decodings(footage, workdir))
    speech = speech_of(footage, lengths)
    timeline, look = plan(parts(footage, speech), footage.fps), look_of(footage)
    inks = _inks(footage, crew) if look.is_page else {}
    return Production(footage, lengths, speech, timeline, film_words(footage, timeline), look, inks)


def _inks(footage: Footage, crew: Crew) -> dict[int, Inks]:
    """What each page's captions are painted with, by its number. What nobody says needs none."""
    spoken = [shot for shot in footage.shots if shot.clips]
    found = crew.gather([partial(inks_of, shot) for shot in spoken])
    return dict(zip([shot.page for shot in spoken], found, strict=True))


def _encode(
    canvas: Footage,
    timeline: Timeline,
    captions: Sequence[BurnedCaption],
    stretch: Stretch,
    targets: Sequence[Target],
    letterer: Letterer,
    album: Album,
    kept: KeptSegments,
    on_frames: Callable[[int], None],
) -> None:
    seen = [caption for caption in captions if caption.is_seen_in(stretch)]
    names = {target.path: segment_name(canvas, timeline, stretch, seen, target) for target in targets}
    missing = [target for target in targets if not kept.take(names[target.path], target.path)]
    if not missing:
        on_frames(stretch.frame_count)
        return
    lettered = [caption.lettered(letterer) for caption in seen]
    encode_segment(canvas, timeline, stretch, lettered, missing, album, on_frame=partial(on_frames, 1))
    for target in missing:
        kept.keep(names[target.path], target.path)
