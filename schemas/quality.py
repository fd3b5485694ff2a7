"""The quality report of a film: what was measured from its file, each figure with the bound that it must keep."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Record

Span = Annotated[tuple[float, float], Field(description="Start and end in seconds")]


class Measurement(Record):
    """One figure and its bound. A bound that does not apply to this film is left out."""

    name: Literal[
        "picture", "sound", "loudness", "true-peak", "black", "frozen", "silence", "caption-drift", "bitrate"
    ] = Field(
        description="Length of picture and sound; integrated loudness and true peak by EBU R 128; the longest black, "
        "frozen and silent span; how far a caption is from its words at most; bits a second of the whole file"
    )
    value: float
    unit: Literal["s", "LUFS", "dBTP", "ms", "kbit/s"]
    least: float | None = None
    most: float | None = None
    is_kept: bool = Field(description="Whether the value lies within its bound, as one without a bound always does")


class QualityReport(Record):
    """Everything that was measured of a film, and when it was black, still or silent, however briefly."""

    measurements: tuple[Measurement, ...]
    black_s: tuple[Span, ...] = ()
    frozen_s: tuple[Span, ...] = ()
    silent_s: tuple[Span, ...] = ()

    @property
    def shortcoming(self) -> str | None:
        """Which bounds the film does not keep, in words; None: it keeps them all."""
        missed = [_said(one) for one in self.measurements if not one.is_kept]
        return f"the film is out of bounds: {'; '.join(missed)}" if missed else None


def _said(one: Measurement) -> str:
    bounds = {"at least": one.least, "at most": one.most}
    said = " and ".join(f"{how} {bound:g}" for how, bound in bounds.items() if bound is not None)
    return f"{one.name} {one.value:g} {one.unit}, not {said}"
