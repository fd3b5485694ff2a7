"""A user's own picture becomes a page's: its shape, its orientation, what is behind it, and what cannot be read."""

import io

import pytest
from PIL import Image

from services.image import given
from services.image.given import shaped
from talestream.errors import BadInput

ORIENTATION = 0x0112
TURNED_LEFT = 6
"""Of EXIF: to be turned by a quarter, clockwise, before it is seen."""


def halves(mode: str, size: tuple[int, int], left: str, right: str) -> Image.Image:
    image = Image.new(mode, size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


def encoded(image: Image.Image, kind: str = "PNG", **more: object) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **more)
    return data.getvalue()


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    assert (image.format, image.mode) == ("PNG", "RGB")
    return image


def test_what_sticks_out_is_cut_off_on_both_sides_alike() -> None:
    picture = opened(shaped(encoded(halves("RGB", (900, 300), "red", "blue")), 320, 320))
    assert picture.size == (320, 320)
    assert picture.getpixel((10, 160)) == (255, 0, 0)
    assert picture.getpixel((310, 160)) == (0, 0, 255)


def test_a_small_picture_fills_the_page() -> None:
    assert opened(shaped(encoded(Image.new("RGB", (4, 3), "green")), 640, 360)).size == (640, 360)


def test_a_photograph_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_LEFT
    lying = encoded(halves("RGB", (400, 200), "red", "blue"), "JPEG", exif=exif, quality=95)
    picture = opened(shaped(lying, 200, 400))
    top, foot = picture.getpixel((100, 40)), picture.getpixel((100, 360))
    assert isinstance(top, tuple)
    assert isinstance(foot, tuple)
    assert top[0] > 200 > top[2]
    assert foot[2] > 200 > foot[0]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_becomes_white(mode: str) -> None:
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0)).convert(mode)
    more = {"transparency": 0} if mode == "P" else {}
    assert opened(shaped(encoded(clear, **more), 64, 64)).getpixel((32, 32)) == (255, 255, 255)


@pytest.mark.parametrize("data", [b"", b"no picture", encoded(Image.new("RGB", (64, 64)))[:60]])
def test_what_cannot_be_read_is_a_fault_of_the_input(data: bytes) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        shaped(data, 64, 64)


def test_a_picture_with_too_many_pixels_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "MOST_PIXELS", 99)
    with pytest.raises(BadInput, match="10 x 10 pixels"):
        shaped(encoded(Image.new("RGB", (10, 10))), 64, 64)
