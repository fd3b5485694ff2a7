"""Judging a finished film: what was found in its file, against the bounds that it must keep. Pure.

Loudness and true peak are those of streaming platforms, measured by EBU R 128. The others say when a viewer would think
that something is broken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from schemas.quality import Measurement, QualityReport, Span
from services.video.inspection import Findings

LENGTH_S = 0.05
"""How much longer or shorter than planned picture and sound may be: a frame, and a block of AAC."""
LOUDNESS_LUFS = (-17.0, -15.0)
TRUE_PEAK_DBTP = -1.0
BLACK_S = 1.5
"""The longest black; fades are much shorter."""
FROZEN_S = 4.0
"""The longest still: the camera never rests on a picture."""
SILENCE_S = 2.0
"""The longest silence beyond the pauses that are planned."""
CAPTION_DRIFT_MS = 150.0
BITS_PER_PIXEL = 0.6
"""Of each frame: several times what a storybook's pictures need, and less than High profile allows at any size."""
SOUND_KBPS = 400.0


@dataclass(frozen=True)
class Plan:
    """What the film was to be. All times in seconds of the film."""

    duration_s: float
    pixels_per_s: float
    """Width x height x frames a second."""
    speech_s: Sequence[Span]
    """When somebody speaks, in order."""
    has_music: bool

    @property
    def longest_pause_s(self) -> float:
        """The longest time in which nothing is to be heard."""
        if self.has_music:
            return 0.0
        edges = [(0.0, 0.0), *self.speech_s, (self.duration_s, self.duration_s)]
        return max(after - before for (_, before), (after, _) in pairwise(edges))


def judge(found: Findings, plan: Plan, caption_drift_s: float | None) -> QualityReport:
    """The report of a film. What is to be silent has no bound of loudness; ``caption_drift_s`` None: nobody knows."""
    is_heard = bool(plan.speech_s) or plan.has_music
    length: dict[str, Any] = {
        "unit": "s",
        "least": round(plan.duration_s - LENGTH_S, 3),
        "most": round(plan.duration_s + LENGTH_S, 3),
    }
    loudness = dict(zip(("least", "most"), LOUDNESS_LUFS, strict=True)) if is_heard else {}
    measurements = [
        _measured("picture", found.picture_s, **length),
        _measured("sound", found.sound_s, **length),
        _measured("loudness", found.loudness.integrated_lufs, "LUFS", **loudness),
        _measured("true-peak", found.loudness.true_peak_dbtp, "dBTP", most=TRUE_PEAK_DBTP),
        _measured("black", _longest(found.black_s), "s", most=BLACK_S),
        _measured("frozen", _longest(found.frozen_s), "s", most=FROZEN_S),
        _measured(
            "silence",
            _longest(found.silent_s),
            "s",
            most=round(plan.longest_pause_s + SILENCE_S, 3) if is_heard else None,
        ),
        _measured(
            "bitrate", found.bits_per_s / 1000, "kbit/s", most=SOUND_KBPS + BITS_PER_PIXEL * plan.pixels_per_s / 1000
        ),
    ]
    if caption_drift_s is not None:
        measurements.append(_measured("caption-drift", 1000 * caption_drift_s, "ms", most=CAPTION_DRIFT_MS))
    return QualityReport(
        measurements=tuple(measurements), black_s=found.black_s, frozen_s=found.frozen_s, silent_s=found.silent_s
    )


def _measured(
    name: Any, value: float, unit: Any, *, least: float | None = None, most: float | None = None
) -> Measurement:
    rounded = round(value, 3)
    is_kept = (least is None or rounded >= least) and (most is None or rounded <= most)
    return Measurement(name=name, value=rounded, unit=unit, least=least, most=most, is_kept=is_kept)


def _longest(spans: Sequence[Span]) -> float:
    return max((end - start for start, end in spans), default=0.0)
