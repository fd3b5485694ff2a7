"""The simulated composer: a silent film of the right shape and length, each page in a colour of its own."""

import wave
from pathlib import Path

from services.video.captions import Cue, srt, vtt
from services.video.cutting import parts, with_cards
from services.video.footage import Composition, Footage, Shot, SpokenClip
from services.video.providers import OnFrames
from services.video.timeline import SpeechSpan, Timeline, pause_after, plan
from talestream.simulation import NAME, STAND_IN, Simulation
from talestream.still_film import Still, still_film

SILENCE_LUFS = -70.0
"""What EBU R 128 says of silence: its absolute gate."""
UNKNOWN_CLIP_S = 1.0
"""Taken for the length of a clip that says nothing of it."""


class SimulatedComposer:
    """Lays the pages out as a real composer does, and shows nothing of their pictures."""

    name = NAME
    model = NAME
    degraded = STAND_IN

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def compose(self, footage: Footage, workdir: Path, on_frames: OnFrames) -> Composition:
        """See :class:`services.video.providers.Composer`."""
        self._simulation.work()
        footage = with_cards(footage)
        spans = [[_span(clip) for clip in shot.clips] for shot in footage.shots]
        timeline = plan(parts(footage, spans), footage.fps)
        stills = [
            Still(_colour(footage.seed, shot), slot.end_frame - slot.start_frame)
            for shot, slot in zip(footage.shots, timeline.pages, strict=True)
        ]
        film = workdir / "simulated.mp4"
        film.write_bytes(still_film(stills, footage.width, footage.height, footage.fps))
        on_frames(timeline.frame_count, timeline.frame_count)
        shown = _cues(footage, spans, timeline)
        return Composition(film, srt(shown), vtt(shown), timeline.duration_s, SILENCE_LUFS)


def _span(clip: SpokenClip) -> SpeechSpan:
    try:
        with wave.open(str(clip.audio), "rb") as audio:
            length_s = audio.getnframes() / audio.getframerate()
    except (wave.Error, EOFError):  # any other format: nothing here decodes it
        length_s = clip.last_word_s or UNKNOWN_CLIP_S
    return SpeechSpan(length_s, clip.first_word_s, clip.last_word_s or length_s, pause_after(clip.text))


def _cues(footage: Footage, spans: list[list[SpeechSpan]], timeline: Timeline) -> list[Cue]:
    """A caption a clip, as long as it is heard."""
    return [
        Cue(start + span.first_word_s, start + span.last_word_s, (clip.text,))
        for shot, heard, slot in zip(footage.shots, spans, timeline.pages, strict=True)
        for clip, span, start in zip(shot.clips, heard, slot.clip_starts_s, strict=True)
    ]


def _colour(seed: int, shot: Shot) -> tuple[int, int, int]:
    return 150, 64 + (seed + 47 * shot.page) % 128, 64 + (seed + 89 * shot.page) % 128


def simulated() -> SimulatedComposer:
    """The provider ``simulated`` of the video stage."""
    return SimulatedComposer(Simulation.configured("video"))
