"""Outputs have sizes and names of their own, and films of one shape are drawn together."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas import Aspect, Output, OutputFormat, Resolution, TaskInput
from services.video.byproducts import PREVIEW_PART_S, preview_parts
from services.video.renditions import FILM, FILMS, drawings, further

EVERY = [
    Output(format=form, aspect=aspect, resolution=resolution)
    for form, aspect, resolution in product(OutputFormat, [None, *Aspect], [None, *Resolution])
    if not (form.is_sound and (aspect or resolution)) and not (form is OutputFormat.GIF and aspect)
]
outputs_strategy = st.lists(st.sampled_from(EVERY), max_size=8)


@pytest.mark.parametrize(
    ("output", "size"),
    [
        (Output(format=OutputFormat.MP4), (1280, 720)),
        (Output(format=OutputFormat.MP4, resolution=Resolution.ULTRA_HD), (3840, 2160)),
        (Output(format=OutputFormat.MP4, aspect=Aspect.TALL), (720, 1280)),
        (Output(format=OutputFormat.WEBM, aspect=Aspect.PORTRAIT, resolution=Resolution.FULL_HD), (1080, 1350)),
        (Output(format=OutputFormat.PNG, aspect=Aspect.SQUARE, resolution=Resolution.HD), (720, 720)),
    ],
)
def test_an_output_has_the_size_of_its_aspect_and_resolution(output: Output, size: tuple[int, int]) -> None:
    assert output.size(1280, 720) == size


def test_no_two_outputs_have_one_file() -> None:
    assert len({output.file_name for output in EVERY}) == len(EVERY)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"format": "mp3", "resolution": "720p"}, "sound alone"),
        ({"format": "m4a", "aspect": "1:1"}, "sound alone"),
        ({"format": "gif", "aspect": "9:16"}, "no aspect of its own"),
    ],
)
def test_an_output_that_makes_no_sense_is_refused(fields: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Output.model_validate(fields)


@given(outputs_strategy)
def test_every_film_is_made_once_and_from_a_drawing_of_its_shape_at_least_as_large(outputs: list[Output]) -> None:
    drawn = drawings(1280, 720, outputs)
    assert (drawn[0].renditions[0].name, drawn[0].renditions[0].width) == (FILM, 1280)
    films = {output.file_name for output in outputs if output.format in FILMS} | {FILM}
    names = [rendition.name for drawing in drawn for rendition in drawing.renditions]
    assert sorted(names) == sorted(films)
    for drawing in drawn:
        for rendition in drawing.renditions:
            assert rendition.width <= drawing.width
            assert rendition.width / rendition.height == pytest.approx(drawing.width / drawing.height, rel=0.005)
            assert rendition.width % 2 == rendition.height % 2 == 0
    shapes = [round(drawing.width / drawing.height, 1) for drawing in drawn]
    assert len(set(shapes)) == len(shapes)


@given(outputs_strategy)
def test_the_film_itself_is_not_made_again(outputs: list[Output]) -> None:
    assert FILM not in {output.file_name for output in further(outputs)}


@given(st.lists(st.floats(0.5, 20), min_size=1, max_size=40))
def test_a_preview_shows_at_most_six_pages_in_order_each_for_a_moment(lengths: list[float]) -> None:
    ends = [sum(lengths[: number + 1]) for number in range(len(lengths))]
    pages = list(zip([0.0, *ends[:-1]], ends, strict=True))
    parts = preview_parts(pages)
    assert len(parts) == min(6, len(pages))
    for start, end in parts:
        assert 0 < end - start <= PREVIEW_PART_S + 1e-9
        assert any(page_start - 1e-9 <= start and end <= page_end + 1e-9 for page_start, page_end in pages)
    assert parts == sorted(parts)


def test_pictures_are_as_fine_as_the_finest_film_that_is_ordered() -> None:
    order = TaskInput(topic="a fox", outputs=(Output(format=OutputFormat.WEBM, resolution=Resolution.FULL_HD),))
    assert (order.film_size, order.picture_size) == ((1280, 720), (1920, 1080))
    assert TaskInput(topic="a fox", aspect=Aspect.PORTRAIT).picture_size == (720, 900)
