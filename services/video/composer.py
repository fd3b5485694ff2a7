"""The embedded composer: pages are drawn and encoded side by side, joined by stream copy, with the mixed sound."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from schemas import OutputFormat
from services.video.ass import ass
from services.video.assessment import assess
from services.video.captions import srt, vtt
from services.video.crew import Counter, Crew
from services.video.cutting import with_cards
from services.video.delivery import finishing, joinings, seen_in
from services.video.encoders import Encoder, encoder_of
from services.video.footage import Composition, Footage
from services.video.hearing import make_sound_track
from services.video.kept_segments import KeptSegments
from services.video.looks import PLAIN
from services.video.memory import give_back_large_blocks
from services.video.production import produced
from services.video.providers import OnFrames
from services.video.renditions import FILM, Drawing, drawings, further
from talestream.made_by import OURS, Parameter
from talestream.settings import settings
from talestream.video_settings import VideoSettings

MOST_WORKERS = 8
_TOLD = ("preset", "crf", "cq", "global_quality", "qp")
"""Of an encoder's options, what the manifest has."""


class FfmpegComposer:
    """Frames by OpenCV on YUV planes, encoded by ffmpeg. Keeps nothing between films, so it is thread-safe."""

    name = "embedded"
    revision = OURS
    """Of what draws and mixes."""

    def __init__(self, configured: VideoSettings | None = None) -> None:
        """``configured`` None: as this process is, once a film is made."""
        self._given = configured

    @property
    def _configured(self) -> VideoSettings:
        return self._given or settings().video

    @property
    def model(self) -> str:
        """See :class:`services.video.providers.Composer`."""
        return encoder_of(OutputFormat.MP4, self._configured).model

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """How the encoder of the film is asked."""
        options = encoder_of(OutputFormat.MP4, self._configured).options(1)
        return {name: value for name, value in options.items() if name in _TOLD}

    def compose(self, footage: Footage, workdir: Path, on_frames: OnFrames) -> Composition:
        """See :class:`services.video.providers.Composer`."""
        give_back_large_blocks()
        footage = self._laid_out(footage)
        drawn = drawings(footage.width, footage.height, footage.outputs)
        encoders, kept = self._encoders(drawn), KeptSegments()
        with Crew(_workers()) as crew:
            film = produced(footage, crew, workdir)
            timeline, speech = film.timeline, film.speech
            suffixes = [Path(rendition.name).suffix for drawing in drawn for rendition in drawing.renditions]
            sound = crew.start_beside(lambda: make_sound_track(footage, timeline, film.lengths, suffixes, workdir))
            done = Counter(lambda count: on_frames(count, timeline.frame_count * len(drawn)))
            for drawing in drawn:
                crew.start_all(
                    film.encodings(drawing, encoders, kept, workdir, stills=_workers() + 1, on_frames=done.add)
                )
            shown = film.cues(footage, film.look)
            read = film.cues(footage, PLAIN) if film.look.is_page else shown
            subtitles = srt(read)
            crew.finish()
            heard, seen = sound.result(), seen_in(len(film.stretches), workdir)
            crew.gather(joinings(drawn, len(film.stretches), heard.encoded, workdir))
            crew.start(kept.drop_others)
            quality = crew.start(
                lambda: assess(workdir / FILM, subtitles, footage, timeline, speech, seen, heard.listened, workdir)
            )
            made = crew.gather(
                finishing(output, footage, timeline, encoders, heard.mastered, workdir)
                for output in further(footage.outputs)
            )
            report = quality.result()
            for path in (heard.mastered, *heard.encoded.values()):
                path.unlink()
        return Composition(
            video=workdir / FILM,
            srt=subtitles,
            vtt=vtt(read),
            ass=ass(shown, film.words, footage.title, footage.width, footage.height, film.look, film.inks),
            duration_s=timeline.duration_s,
            loudness_lufs=heard.lufs,
            outputs=tuple(made),
            quality=report,
        )

    @property
    def encodes_ahead(self) -> bool:
        """See :class:`services.video.providers.EncodesAhead`."""
        return self._configured.encodes_ahead

    def encode_page(self, footage: Footage, page: int, workdir: Path, on_frames: OnFrames) -> int:
        """See :class:`services.video.providers.EncodesAhead`. Before a page of less than a second it is in vain."""
        give_back_large_blocks()
        there = {page - 1, page}
        footage = self._laid_out(
            replace(
                footage,
                shots=tuple(
                    shot if shot.page in there else replace(shot, clips=(), animation=None) for shot in footage.shots
                ),
            )
        )
        drawn = drawings(footage.width, footage.height, footage.outputs)
        encoders, kept = self._encoders(drawn), KeptSegments()
        with Crew(_workers()) as crew:
            film = produced(footage, crew, workdir)
            frame_count = film.frames_of(page) * len(drawn)
            done = Counter(lambda count: on_frames(count, frame_count))
            for drawing in drawn:
                crew.start_all(
                    film.encodings(drawing, encoders, kept, workdir, stills=3, page=page, on_frames=done.add)
                )
            crew.finish()
        return kept.count

    def _laid_out(self, footage: Footage) -> Footage:
        """The footage with its cards, and flat where pictures are to be."""
        if not self._configured.parallax:
            footage = replace(footage, shots=tuple(replace(shot, layers=()) for shot in footage.shots))
        return with_cards(footage)

    def _encoders(self, drawn: Sequence[Drawing]) -> dict[OutputFormat, Encoder]:
        return {
            rendition.format: encoder_of(rendition.format, self._configured)
            for drawing in drawn
            for rendition in drawing.renditions
        }


def _workers() -> int:
    return min(os.cpu_count() or 1, MOST_WORKERS)
