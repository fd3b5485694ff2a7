"""The embedded composer: pages are drawn and encoded side by side, joined by stream copy, with the mixed sound."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from schemas import OutputFormat
from services.video.ass import ass
from services.video.assessment import assess
from services.video.audio_files import RATE_HZ, Loudness, decode
from services.video.burned_captions import BurnedCaption, burned, inks_of
from services.video.captions import Cue, Spoken, cues, srt, vtt
from services.video.crew import Counter, Crew
from services.video.cutting import parts, with_cards
from services.video.delivery import finishing, joinings, targets_of
from services.video.encoders import encoder_of
from services.video.footage import Composition, Footage, SpokenClip
from services.video.kept_segments import KeptSegments, segment_name
from services.video.lettering import Letterer
from services.video.looks import PLAIN, Inks, Look, look_of
from services.video.providers import OnFrames
from services.video.renditions import FILM, drawings, further
from services.video.segments import Target, encode_segment
from services.video.sound import mix, place, samples_of
from services.video.sound_effects import place_sounds
from services.video.spoken_text import film_words
from services.video.timeline import SpeechSpan, Timeline, pause_after, plan
from talestream.cancellation import check_cancelled
from talestream.errors import BadInput
from talestream.made_by import OURS, Parameter
from talestream.settings import settings
from talestream.video_settings import VideoSettings

MOST_WORKERS = 8
SHORTEST_MUSIC_S = 1.0
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
        cores = os.cpu_count() or 1
        workers = min(max(cores, 1), MOST_WORKERS)
        with Crew(workers) as crew:
            lengths = crew.gather(_decodings(footage, workdir))
            speech = _speech(footage, lengths)
            timeline = plan(parts(footage, speech), footage.fps)
            words = film_words(footage, timeline)
            inks = _inks(footage, crew) if look.is_page else {}
            sound = crew.start(lambda: _sound(footage, timeline, lengths, workdir))
            threads = max(1, cores // len(footage.shots)) if len(footage.shots) < workers else 1
            done = Counter(lambda count: on_frames(count, timeline.frame_count * len(drawn)))
            kept, shown = KeptSegments(), []
            works: list[Callable[[], None]] = []
            for drawing in drawn:
                canvas = replace(footage, width=drawing.width, height=drawing.height)
                shown.append(_cues(canvas, timeline, lengths, look))
                captions = burned(canvas, shown[-1], words, inks)
                targets = targets_of(drawing, encoders, len(footage.shots), workdir)
                works += _encodings(canvas, timeline, captions, targets, threads, done, kept)
            crew.gather(works)
            mastered, loudness = sound.result()
            crew.gather(joinings(drawn, len(footage.shots), mastered, workdir))
            read = _cues(footage, timeline, lengths, PLAIN) if look.is_page else shown[0]
            film, subtitles = workdir / FILM, srt(read)
            crew.start(kept.drop_others)
            quality = crew.start(lambda: assess(film, subtitles, footage, timeline, speech, workdir))
            made = crew.gather(
                finishing(output, footage, timeline, encoders, mastered, workdir) for output in further(footage.outputs)
            )
            report = quality.result()
            mastered.unlink()
        return Composition(
            video=film,
            srt=subtitles,
            vtt=vtt(read),
            ass=ass(shown[0], words, footage.title, footage.width, footage.height, look, inks),
            duration_s=timeline.duration_s,
            loudness_lufs=loudness.integrated_lufs,
            outputs=tuple(made),
            quality=report,
        )


def _inks(footage: Footage, crew: Crew) -> dict[int, Inks]:
    """What each page's captions are painted with, by its number."""
    found = crew.gather([partial(inks_of, shot) for shot in footage.shots])
    return dict(zip([shot.page for shot in footage.shots], found, strict=True))


def _raw_clip(workdir: Path, page: int, number: int) -> Path:
    return workdir / f"clip{page}_{number}.f32"


def _decodings(footage: Footage, workdir: Path) -> list[Callable[[], int]]:
    """The work of decoding every clip, page by page, and then the music. Each gives its length in samples."""

    def decode_clip(page: int, number: int, clip: SpokenClip) -> Callable[[], int]:
        what = f"clip {number} of page {page}"
        return lambda: decode(clip.audio, _raw_clip(workdir, page, number), channels=1, what=what)

    works = [
        decode_clip(shot.page, number, clip) for shot in footage.shots for number, clip in enumerate(shot.clips, 1)
    ]
    if music := footage.music:
        works.append(lambda: _decode_music(music, workdir))
    return works


def _decode_music(music: Path, workdir: Path) -> int:
    samples = decode(music, workdir / "music.f32", channels=2, what="the music")
    if samples < SHORTEST_MUSIC_S * RATE_HZ:
        raise BadInput(f"the music is shorter than {SHORTEST_MUSIC_S:g} s")
    return samples


def _speech(footage: Footage, lengths: Sequence[int]) -> list[list[SpeechSpan]]:
    remaining = iter(lengths)
    return [
        [_span(shot.page, number, clip, next(remaining) / RATE_HZ) for number, clip in enumerate(shot.clips, 1)]
        for shot in footage.shots
    ]


def _span(page: int, number: int, clip: SpokenClip, length_s: float) -> SpeechSpan:
    last_word_s = min(length_s if clip.last_word_s is None else clip.last_word_s, length_s)
    if clip.first_word_s >= last_word_s:
        raise BadInput(
            f"clip {number} of page {page} is {length_s:.2f} s long: its first word cannot start at"
            f" {clip.first_word_s:.2f} s and its last end at {last_word_s:.2f} s"
        )
    return SpeechSpan(length_s, clip.first_word_s, last_word_s, pause_after(clip.text))


def _cues(footage: Footage, timeline: Timeline, lengths: Sequence[int], look: Look) -> list[Cue]:
    letterer = Letterer(footage.width, footage.height, look)
    spoken: list[Spoken] = []
    for shot, slot, spans in zip(footage.shots, timeline.pages, _speech(footage, lengths), strict=True):
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


def _sound(footage: Footage, timeline: Timeline, lengths: Sequence[int], workdir: Path) -> tuple[Path, Loudness]:
    raws = [_raw_clip(workdir, shot.page, number) for shot in footage.shots for number, _ in enumerate(shot.clips, 1)]
    starts = [start for slot in timeline.pages for start in slot.clip_starts_s]
    placed = place(zip(raws, lengths[: len(raws)], strict=True), starts)
    music = workdir / "music.f32" if footage.music else None
    sounds = place_sounds(
        (shot.sounds, samples_of(slot.start_frame, footage.fps), samples_of(slot.end_frame, footage.fps))
        for shot, slot in zip(footage.shots, timeline.pages, strict=True)
    )
    mastered = mix(placed, music, samples_of(timeline.frame_count, footage.fps), workdir, sounds)
    for raw in [*raws, *([music] if music else [])]:
        raw.unlink()
    return mastered


def _encodings(
    footage: Footage,
    timeline: Timeline,
    captions: Sequence[BurnedCaption],
    targets: Sequence[Sequence[Target]],
    threads: int,
    done: Counter,
    kept: KeptSegments,
) -> list[Callable[[], None]]:
    """The work of encoding each page into its targets, or of taking them from an earlier composition."""
    letterer = Letterer(footage.width, footage.height, look_of(footage))

    def encode(index: int) -> Callable[[], None]:
        slot = timeline.pages[index]

        def work() -> None:
            seen = [caption for caption in captions if caption.is_seen_on(slot)]
            names = {target.path: segment_name(footage, timeline, index, seen, target) for target in targets[index]}
            missing = [target for target in targets[index] if not kept.take(names[target.path], target.path)]
            if not missing:
                done.add(slot.end_frame - slot.start_frame)
                return
            lettered = [caption.lettered(letterer) for caption in seen]
            encode_segment(footage, timeline, index, lettered, missing, threads=threads, on_frame=done.add)
            for target in missing:
                kept.keep(names[target.path], target.path)

        return work

    return [encode(index) for index in range(len(footage.shots))]
