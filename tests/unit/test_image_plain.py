"""Plain pages: grounds for words, by mood and seed."""

import io

import numpy as np
import pytest
from PIL import Image

from schemas import ImageRequested, Mood
from services.image.plain import palette_of, plain

MOODS = list(Mood)


def drawn(**fields: object) -> np.ndarray:
    """A page as RGB of shape (H, W, 3)."""
    order = {"task_id": 1, "page": 1, "prompt": "a fox", "seed": 3, "width": 320, "height": 180} | fields
    with Image.open(io.BytesIO(plain().illustrate(ImageRequested.model_validate(order), lambda *_: None).png)) as made:
        assert (made.format, made.mode) == ("PNG", "RGB")
        return np.asarray(made).astype(int)


@pytest.mark.parametrize(("width", "height"), [(320, 180), (180, 320), (64, 64), (642, 130)])
def test_a_page_has_the_ordered_size(width: int, height: int) -> None:
    assert drawn(width=width, height=height).shape == (height, width, 3)


@pytest.mark.parametrize("mood", MOODS)
def test_white_words_can_be_read_on_any_of_it(mood: Mood) -> None:
    for seed in range(6):
        rgb = drawn(mood=mood, seed=seed) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        luminance = linear @ [0.2126, 0.7152, 0.0722]
        # WCAG 2.2, 1.4.3: large text
        assert 1.05 / (np.percentile(luminance, 99) + 0.05) >= 1.9
        assert 1.05 / (np.median(luminance) + 0.05) >= 3


def test_equal_orders_give_equal_pages_and_pages_of_one_film_differ_in_one_palette() -> None:
    assert np.array_equal(drawn(), drawn())
    first, second = drawn(page=1), drawn(page=2)
    assert np.abs(first - second).mean() > 3
    assert np.abs(first.mean(axis=(0, 1)) - second.mean(axis=(0, 1))).max() < 40


def test_moods_and_films_have_colours_of_their_own() -> None:
    assert len({palette_of(mood, 3) for mood in MOODS}) == len(MOODS)
    assert len({palette_of(Mood.CALM, seed) for seed in range(30)}) == 3


def test_a_page_is_soft_with_the_grain_of_paper() -> None:
    page = drawn(width=640, height=360).mean(axis=2)
    steps = np.abs(np.diff(page, axis=1))
    assert 0 < steps.mean() < 6
    assert np.ptp(page) > 30
