"""The quality report of a finished film, from its file, its captions, and what it was to be."""

from collections.abc import Sequence
from pathlib import Path

from schemas.quality import QualityReport
from services.video.caption_drift import caption_drift_s
from services.video.footage import Footage
from services.video.inspection import Heard, inspect
from services.video.quality import Plan, judge
from services.video.spoken_text import film_words
from services.video.timeline import SpeechSpan, Timeline
from services.video.watching import Seen


def assess(
    film: Path,
    srt: str,
    footage: Footage,
    timeline: Timeline,
    speech: Sequence[Sequence[SpeechSpan]],
    seen: Sequence[Seen],
    heard: Heard,
    workdir: Path,
) -> QualityReport:
    """Measure a film and judge it. ``speech`` is that of each page's clips, ``srt`` the film's captions, ``seen`` and
    ``heard`` what is known of its stretches and of its sound.
    """
    plan = Plan(
        duration_s=timeline.duration_s,
        pixels_per_s=footage.width * footage.height * footage.fps,
        speech_s=[
            (start_s + span.first_word_s, start_s + span.last_word_s)
            for slot, spans in zip(timeline.pages, speech, strict=True)
            for start_s, span in zip(slot.clip_starts_s, spans, strict=True)
        ],
        has_music=footage.music is not None,
    )
    found = inspect(film, seen, heard, (footage.width, footage.height), footage.fps, workdir)
    return judge(found, plan, caption_drift_s(srt, film_words(footage, timeline)))
