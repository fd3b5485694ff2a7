"""From encoded pages to the files that a film is given out as: each film joined, and what is made of it beside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from schemas import Output, OutputFormat
from services.video.byproducts import make_cover, make_preview, make_sound, preview_parts, preview_size
from services.video.encoders import Encoder
from services.video.footage import Footage, MadeOutput
from services.video.renditions import FILM, Drawing
from services.video.seen_box import read
from services.video.segments import Target, join
from services.video.timeline import Timeline
from services.video.watching import Seen

SOUND_MODELS = {OutputFormat.M4A: "aac", OutputFormat.MP3: "lame"}


def _segment(workdir: Path, name: str, number: int) -> Path:
    """Where stretch ``number`` of the film that becomes ``name`` is encoded: MP4 keeps the times of frames exactly."""
    return workdir / f"{name}.stretch{number + 1}.mp4"


def targets_of(
    drawing: Drawing, encoders: Mapping[OutputFormat, Encoder], stretches: int, workdir: Path
) -> list[list[Target]]:
    """The files into which each stretch of a drawing is encoded."""
    return [
        [
            Target(_segment(workdir, made.name, number), encoders[made.format], made.width, made.height)
            for made in drawing.renditions
        ]
        for number in range(stretches)
    ]


def seen_in(stretches: int, workdir: Path) -> list[Seen]:
    """What was seen of each stretch of the film, while its segments are there."""
    return [read(_segment(workdir, FILM, number)) for number in range(stretches)]


def joinings(
    drawn: Sequence[Drawing], stretches: int, sounds: Mapping[str, Path], workdir: Path
) -> list[Callable[[], None]]:
    """The work of joining each film, with its sound by the suffix of its file. Its segments are gone afterwards."""

    def joining(name: str) -> Callable[[], None]:
        def work() -> None:
            segments = [_segment(workdir, name, number) for number in range(stretches)]
            target = workdir / name
            join(segments, sounds[target.suffix], target, workdir=workdir)
            for segment in segments:
                segment.unlink()

        return work

    return [joining(rendition.name) for drawing in drawn for rendition in drawing.renditions]


def finishing(
    output: Output,
    footage: Footage,
    timeline: Timeline,
    encoders: Mapping[OutputFormat, Encoder],
    mastered: Path,
    workdir: Path,
) -> Callable[[], MadeOutput]:
    """The work of making one output once all films are joined."""
    film, target = workdir / FILM, workdir / output.file_name
    shown = [(index, timeline.pages[index]) for index, shot in enumerate(footage.shots) if shot.card is None]
    size = output.size(footage.width, footage.height)

    def work() -> MadeOutput:
        match output.format:
            case OutputFormat.GIF:
                shape = preview_size(output, footage.width, footage.height)
                pages = [(page.start_frame / footage.fps, page.end_frame / footage.fps) for _, page in shown]
                make_preview(film, preview_parts(pages), *shape, target)
                return MadeOutput(output, target, "gif", shape)
            case OutputFormat.JPEG | OutputFormat.PNG:
                canvas = replace(footage, width=size[0], height=size[1])
                index, first = shown[0]
                make_cover(canvas, index, first.visible_frames, output.format, target)
                return MadeOutput(output, target, output.format, size)
            case OutputFormat.M4A | OutputFormat.MP3:
                make_sound(film, mastered, output.format, target)
                return MadeOutput(output, target, SOUND_MODELS[output.format], None)
            case _:
                return MadeOutput(output, target, encoders[output.format].model, size)

    return work
