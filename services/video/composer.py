"""The embedded composer: pages are drawn and encoded side by side, joined by stream copy, with the mixed sound."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from schemas import OutputFormat
from services.video.album import Album
from services.video.ass import ass
from services.video.assessment import assess
from services.video.burned_captions import BurnedCaption, burned, inks_of
from services.video.captions import Cue, Spoken, cues, srt, vtt
from services.video.crew import Counter, Crew
from services.video.cutting import parts, with_cards
from services.video.delivery import finishing, joinings, targets_of
from services.video.encoders import encoder_of
from services.video.footage import Composition, Footage
from services.video.hearing import decodings, make_sound_track, speech_of
from services.video.kept_segments import KeptSegments, segment_name
from services.video.lettering import Letterer
from services.video.looks import PLAIN, Inks, Look, look_of
from services.video.providers import OnFrames
from services.video.renditions import FILM, drawings, further
from services.video.segments import Target, encode_segment
from services.video.spoken_text import film_words
from services.video.stretches import Stretch, stretches_of
from services.video.timeline import SpeechSpan, Timeline, plan
from talestream.cancellation import check_cancelled
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
        footage = with_cards(footage)
        drawn = drawings(footage.width, footage.height, footage.outputs)
        encoders = {
            rendition.format: encoder_of(rendition.format, self._configured)
            for drawing in drawn
            for rendition in drawing.renditions
        }
        look = look_of(footage)
        workers = min(os.cpu_count() or 1, MOST_WORKERS)
        with Crew(workers) as crew:
            lengths = crew.gather(decodings(footage, workdir))
            speech = speech_of(footage, lengths)
            timeline = plan(parts(footage, speech), footage.fps)
            words = film_words(footage, timeline)
            inks = _inks(footage, crew) if look.is_page else {}
            suffixes = [Path(rendition.name).suffix for drawing in drawn for rendition in drawing.renditions]
            sound = crew.start(lambda: make_sound_track(footage, timeline, lengths, suffixes, workdir))
            done = Counter(lambda count: on_frames(count, timeline.frame_count * len(drawn)))
            kept, shown, stretches = KeptSegments(), [], stretches_of(timeline)
            works: list[Callable[[], None]] = []
            for drawing in drawn:
                canvas = replace(footage, width=drawing.width, height=drawing.height)
                shown.append(_cues(canvas, timeline, speech, look))
                captions = burned(canvas, shown[-1], words, inks)
                targets = targets_of(drawing, encoders, len(stretches), workdir)
                album = Album(canvas, kept=workers + 1)
                works += _encodings(canvas, timeline, captions, stretches, targets, album, done, kept)
            crew.gather(works)
            heard = sound.result()
            crew.gather(joinings(drawn, len(stretches), heard.encoded, workdir))
            read = _cues(footage, timeline, speech, PLAIN) if look.is_page else shown[0]
            film, subtitles = workdir / FILM, srt(read)
            crew.start(kept.drop_others)
            quality = crew.start(lambda: assess(film, subtitles, footage, timeline, speech, workdir))
            made = crew.gather(
                finishing(output, footage, timeline, encoders, heard.mastered, workdir)
                for output in further(footage.outputs)
            )
            report = quality.result()
            for path in (heard.mastered, *heard.encoded.values()):
                path.unlink()
        return Composition(
            video=film,
            srt=subtitles,
            vtt=vtt(read),
            ass=ass(shown[0], words, footage.title, footage.width, footage.height, look, inks),
            duration_s=timeline.duration_s,
            loudness_lufs=heard.lufs,
            outputs=tuple(made),
            quality=report,
        )


def _inks(footage: Footage, crew: Crew) -> dict[int, Inks]:
    """What each page's captions are painted with, by its number."""
    found = crew.gather([partial(inks_of, shot) for shot in footage.shots])
    return dict(zip([shot.page for shot in footage.shots], found, strict=True))


def _cues(footage: Footage, timeline: Timeline, speech: Sequence[Sequence[SpeechSpan]], look: Look) -> list[Cue]:
    letterer = Letterer(footage.width, footage.height, look)
    spoken: list[Spoken] = []
    for shot, slot, spans in zip(footage.shots, timeline.pages, speech, strict=True):
        for clip, start_s, span in zip(shot.clips, slot.clip_starts_s, spans, strict=True):
            check_cancelled()
            shown = letterer.cards(clip.text, footage.language)
            if shown:
                moved = tuple(
                    word.model_copy(update={"start_s": start_s + word.start_s, "end_s": start_s + word.end_s})
                    for word in clip.words
                )
                first_s, last_s = start_s + span.first_word_s, start_s + span.last_word_s
                spoken.append(Spoken(tuple(shown), first_s, last_s, moved, shot.page))
    return cues(spoken, timeline.duration_s)


def _encodings(
    footage: Footage,
    timeline: Timeline,
    captions: Sequence[BurnedCaption],
    stretches: Sequence[Stretch],
    targets: Sequence[Sequence[Target]],
    album: Album,
    done: Counter,
    kept: KeptSegments,
) -> list[Callable[[], None]]:
    """The work of encoding each stretch into its targets, or of taking it from an earlier composition."""
    letterer = Letterer(footage.width, footage.height, look_of(footage))

    def encode(stretch: Stretch, targets: Sequence[Target]) -> Callable[[], None]:
        def work() -> None:
            seen = [caption for caption in captions if caption.is_seen_in(stretch)]
            names = {target.path: segment_name(footage, timeline, stretch, seen, target) for target in targets}
            missing = [target for target in targets if not kept.take(names[target.path], target.path)]
            if not missing:
                done.add(stretch.frame_count)
                return
            lettered = [caption.lettered(letterer) for caption in seen]
            encode_segment(footage, timeline, stretch, lettered, missing, album, on_frame=done.add)
            for target in missing:
                kept.keep(names[target.path], target.path)

        return work

    return [encode(stretch, into) for stretch, into in zip(stretches, targets, strict=True)]
