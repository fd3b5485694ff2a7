"""The quality report of a finished film, from its file, its captions, and what it was to be."""

from collections.abc import Sequence
from pathlib import Path

from schemas.quality import QualityReport
from services.video.caption_drift import caption_drift_s
from services.video.footage import Footage
from services.video.inspection import inspect
from services.video.quality import Plan, judge
from services.video.timeline import SpeechSpan, Timeline


def assess(
    film: Path,
    srt: str,
    footage: Footage,
    timeline: Timeline,
    speech: Sequence[Sequence[SpeechSpan]],
    workdir: Path,
) -> QualityReport:
    """Measure a film and judge it. ``speech`` is that of each page's clips, ``srt`` the film's captions."""
    placed = [
        (clip, start_s, span)
        for shot, slot, spans in zip(footage.shots, timeline.pages, speech, strict=True)
        for clip, start_s, span in zip(shot.clips, slot.clip_starts_s, spans, strict=True)
    ]
    plan = Plan(
        duration_s=timeline.duration_s,
        pixels_per_s=footage.width * footage.height * footage.fps,
        speech_s=[(start_s + span.first_word_s, start_s + span.last_word_s) for _, start_s, span in placed],
        has_music=footage.music is not None,
    )
    words = [
        word.model_copy(update={"start_s": start_s + word.start_s, "end_s": start_s + word.end_s})
        for clip, start_s, _ in placed
        for word in clip.words
    ]
    return judge(inspect(film, workdir), plan, caption_drift_s(srt, words))
