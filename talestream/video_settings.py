"""The settings of the composer (``TALESTREAM_VIDEO__…``)."""

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

CORES_TO_SPARE = 3
"""Of a process, from which on some are idle while others draw and speak."""


class VideoSettings(BaseModel):
    """How films are encoded."""

    encoder: Literal["auto", "x264", "nvenc", "videotoolbox", "vaapi"] = Field(
        "auto",
        description="Of H.264 and HEVC. auto: the machine's own, tried in this order, if it encodes a frame; else x264 "
        "and x265. Another: that one, or an error that says why not",
    )
    preset: str = Field("superfast", description="Of x264")
    crf: int = Field(21, ge=0, le=51, description="Of x264: the smaller the better and larger")
    parallax: bool = Field(
        True, description="Whether near and far layers of a picture move apart under the camera, where it has such"
    )
    ahead: bool | None = Field(
        None,
        description="Whether pages are encoded as they come. None: where this process has more than two cores; fewer "
        "are at work anyhow while pages are drawn and spoken, and each page is read twice",
    )
    vaapi_device: Path = Field(Path("/dev/dri/renderD128"), description="Where VAAPI is to be found")

    @property
    def encodes_ahead(self) -> bool:
        """Whether pages are encoded as they come, here."""
        return (os.cpu_count() or 1) >= CORES_TO_SPARE if self.ahead is None else self.ahead
