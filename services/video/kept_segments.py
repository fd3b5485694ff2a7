"""Encoded pages that an earlier composition of the same film left: an edited page is encoded anew, the others are not.

A segment is named by a hash of all that it depends on: what is seen of its page and of the page before as far as that
shines through, its captions, what encodes it, and the code that draws it. Times count from the start of the page, so
that a page is the same when one before it becomes longer.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from schemas import Mood
from services.video.burned_captions import BurnedCaption
from services.video.ffmpeg_process import version
from services.video.footage import Footage, Shot, SpokenClip
from services.video.segments import Target
from services.video.stretches import Stretch
from services.video.timeline import PageSlot, Timeline
from talestream.running_unit import RunningUnit, this_unit

MIME = "video/mp4"


class KeptSegments:
    """The segments of one film. Where blocking work is done for no unit, nothing is kept."""

    def __init__(self) -> None:
        self._unit = _unit()
        self._names: set[str] = set()

    @property
    def count(self) -> int:
        """How many segments were taken or kept."""
        return len(self._names)

    def take(self, name: str, target: Path) -> bool:
        """Bring the segment of that name from an earlier composition to ``target``. False when there is none."""
        is_there = self._unit is not None and self._unit.take_piece(name, target)
        if is_there:
            self._names.add(name)
        return is_there

    def keep(self, name: str, segment: Path) -> None:
        """Leave a segment to later compositions."""
        if self._unit is not None:
            self._unit.keep_piece(name, segment, MIME)
            self._names.add(name)

    def drop_others(self) -> None:
        """Forget the segments of which this film is not made."""
        if self._unit is not None:
            self._unit.drop_other_pieces()


def segment_name(
    footage: Footage, timeline: Timeline, stretch: Stretch, shown: Sequence[BurnedCaption], target: Target
) -> str:
    """The name of a stretch as it is encoded into ``target``."""
    index = stretch.index
    page = timeline.pages[index]
    before = timeline.pages[index - 1] if page.transition_frames else None
    made_from = {
        "code": _code(),
        "encoder": [target.encoder.name, dict(target.encoder.options(1)), target.width, target.height],
        "film": _said(replace(footage, shots=(), music=None, outputs=())),
        "index": index,
        "frames": [stretch.start_frame - page.start_frame, stretch.end_frame - page.start_frame],
        # the film fades in at its start and out at its end, in less than a second
        "from_start": min(page.start_frame, timeline.fps),
        "to_end": min(timeline.frame_count - page.end_frame, timeline.fps),
        "page": _slot(page),
        "shot": _look(footage.shots[index]),
        "speech": [
            (_speech(clip), round(start_s - page.start_frame / timeline.fps, 4))
            for clip, start_s in zip(footage.shots[index].clips, page.clip_starts_s, strict=True)
        ],
        "page_before": before and _slot(before),
        "shot_before": before and _look(footage.shots[index - 1]),
        "captions": [_caption(caption, page) for caption in shown],
    }
    text = json.dumps(made_from, sort_keys=True, ensure_ascii=False)
    return f"{hashlib.sha256(text.encode()).hexdigest()}.mp4"


def _unit() -> RunningUnit | None:
    try:
        return this_unit()
    except LookupError:
        return None


def _slot(page: PageSlot) -> dict[str, Any]:
    """A page's time, counted from its start."""
    said: dict[str, Any] = _said(replace(page, clip_starts_s=()))
    return said | {"start_frame": 0, "end_frame": page.end_frame - page.start_frame}


def _look(shot: Shot) -> Any:
    """What is seen of a shot: everything but its sound."""
    looks: dict[str, Any] = _said(replace(shot, page=0, clips=(), mood=Mood.CALM, sounds=()))
    return looks | {"words": [clip.text for clip in shot.clips]}


def _speech(clip: SpokenClip) -> dict[str, Any]:
    """What is said in a clip, and from when to when. When each word is heard is seen in captions alone."""
    return {name: getattr(clip, name) for name in ("text", "first_word_s", "last_word_s")}


def _caption(caption: BurnedCaption, page: PageSlot) -> dict[str, Any]:
    """A caption, its frames counted from the start of the page."""
    said: dict[str, Any] = _said(caption)
    start, end = caption.start_frame - page.start_frame, caption.end_frame - page.start_frame
    lit = [frame - page.start_frame for frame in caption.lit_frames]
    return said | {"start_frame": start, "end_frame": end, "lit_frames": lit}


def _said(value: Any) -> Any:
    """A value as JSON, files by their content."""
    match value:
        case Path():
            return _content(value)
        case BaseModel():
            return value.model_dump(mode="json")
        case tuple() | list():
            return [_said(item) for item in value]
        case _ if is_dataclass(value):
            return {field.name: _said(getattr(value, field.name)) for field in fields(value)}
    return value


def _content(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _code() -> str:
    """This version of what draws and encodes: another may draw otherwise."""
    digest = hashlib.sha256(version().encode())
    for file in sorted(resources.files("services.video").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".py"):
            digest.update(file.read_bytes())
    return digest.hexdigest()
