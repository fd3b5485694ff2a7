"""The size at which a model paints what is shown at another."""

from hypothesis import given
from hypothesis import strategies as st

from talestream.picture_size import MULTIPLE, model_size

SIDES = st.integers(64, 4096)


def test_a_film_of_the_usual_size_is_painted_as_it_is() -> None:
    assert model_size(1280, 720, None) == (1280, 720)
    assert model_size(720, 1280, None) == (720, 1280)


def test_a_model_of_small_pictures_paints_the_same_shape_small() -> None:
    assert model_size(1280, 720, 512 * 512) == (688, 384)
    assert model_size(720, 720, 512 * 512) == (512, 512)


@given(SIDES, SIDES, st.one_of(st.none(), st.integers(4096, 4_000_000)))
def test_both_sides_are_multiples_and_never_smaller_than_the_shape_needs(
    width: int, height: int, pixels: int | None
) -> None:
    made_width, made_height = model_size(width, height, pixels)
    scale = 1.0 if pixels is None else (pixels / (width * height)) ** 0.5
    for made, wanted in ((made_width, width * scale), (made_height, height * scale)):
        assert made % MULTIPLE == 0
        assert wanted - 1e-6 <= made < max(wanted, MULTIPLE) + MULTIPLE
