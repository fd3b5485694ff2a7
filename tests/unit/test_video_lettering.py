"""Lettering, by its pixels: where each style stands, what it stands on, and which part of it is lit."""

from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import CaptionStyle, Language
from services.video.frames import Frame
from services.video.karaoke import syllables
from services.video.lettering import Letterer
from services.video.line_breaking import Card
from services.video.looks import DARK_PAGE, LIGHT_PAGE, LOOKS, Look, SafeArea
from services.video.plates import Plate

TEXTS: dict[Language, str] = {
    "en": "The moon is very far away, little one, said the owl, but I know a path that climbs almost to the sky.",
    "zh": "“月亮很远很远，”老猫头鹰眨了眨眼睛说，“不过我知道一条几乎通到天上的小路。”他笑了。",
}
SHAPES = {"16:9": (640, 360), "9:16": (360, 640), "1:1": (480, 480), "4:5": (400, 500)}
STYLES = [CaptionStyle.PLAIN, CaptionStyle.BOXED, CaptionStyle.KARAOKE, CaptionStyle.CARD]
GREY, WHITE = 128, 235
"""Of luma."""


def lettered(size: tuple[int, int], plate: Plate, lit: int = 0, ground: int = GREY) -> Frame:
    """A plate over an even ground."""
    frame = Frame(*size)
    frame.y[:], frame.u[:], frame.v[:] = ground, 128, 128
    frame.letter(plate, lit)
    return frame


def box_of(seen: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is seen, right and bottom behind it."""
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def first_card(letterer: Letterer, language: Language) -> Card:
    return letterer.cards(TEXTS[language], language)[0]


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("style", STYLES)
def test_letters_and_their_box_stay_inside_the_safe_area(style: CaptionStyle, shape: str, language: Language) -> None:
    size, look = SHAPES[shape], LOOKS[style]
    letterer, area = Letterer(*size, look), SafeArea.of(*size, look)
    for card in letterer.cards(TEXTS[language], language):
        frame = lettered(size, letterer.plate(card))
        changed = np.abs(frame.y.astype(int) - GREY) > 20 if look.is_boxed else frame.y > 200
        left, top, right, bottom = box_of(changed)
        assert left >= size[0] * (1 - area.width) / 2 - 1
        assert right <= size[0] * (1 + area.width) / 2 + 1
        assert top >= size[1] * area.top - 1
        assert bottom <= size[1] * (1 - area.bottom) + 1
        assert abs((left + right) / 2 - size[0] / 2) <= 2, "it stands in the middle"


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_caption_covers_more_than_two_lines_but_a_page(shape: str, language: Language) -> None:
    for style in STYLES:
        letterer = Letterer(*SHAPES[shape], LOOKS[style])
        found = letterer.cards(TEXTS[language], language)
        lines = [line for card in found for line in card]
        assert "".join(lines).replace(" ", "") == TEXTS[language].replace(" ", "")
        assert max(map(len, found)) <= letterer.most_lines
        assert all(letterer.ruler(line) <= letterer.max_width for line in lines)
        assert (letterer.most_lines > 3) == (style is CaptionStyle.CARD)


def test_a_page_stands_in_the_middle_and_is_larger_than_a_caption() -> None:
    heights = {}
    for style in (CaptionStyle.PLAIN, CaptionStyle.CARD):
        plate = Letterer(640, 360, LOOKS[style]).plate(("Moon",))
        _, top, _, bottom = box_of(lettered((640, 360), plate).y > 200)
        heights[style] = bottom - top
        is_amid = abs((top + bottom) / 2 - 180) < 12
        assert is_amid == (style is CaptionStyle.CARD)
    assert heights[CaptionStyle.CARD] > 1.3 * heights[CaptionStyle.PLAIN]


def test_a_box_is_even_dark_and_round_and_carries_white_letters() -> None:
    size = SHAPES["16:9"]
    frame = lettered(size, Letterer(*size, LOOKS[CaptionStyle.BOXED]).plate(("A fox", "looks up at the moon")))
    left, top, right, bottom = box_of(frame.y < GREY - 5)
    inside = frame.y[top:bottom, left:right]
    edge = inside[3, 20:-20]
    assert edge.max() - edge.min() <= 1
    assert 40 <= edge[0] <= 70, "what is behind it shines through"
    assert inside[0, 0] == inside[0, -1] == inside[-1, 0] == inside[-1, -1] == GREY, "its corners are round"
    assert frame.y.max() >= WHITE - 2
    outside = frame.y.copy()
    outside[top:bottom, left:right] = GREY
    assert (outside == GREY).all()


def test_without_a_box_letters_have_an_edge_and_nothing_else_is_touched() -> None:
    size = SHAPES["16:9"]
    frame = lettered(size, Letterer(*size).plate(("A fox",)), ground=WHITE)
    left, top, right, bottom = box_of(frame.y != WHITE)
    assert frame.y[top:bottom, left:right].min() < 70
    assert (right - left) < 0.3 * size[0]
    assert (bottom - top) < 0.2 * size[1]


@pytest.mark.parametrize("language", TEXTS)
def test_syllables_light_up_one_by_one_each_in_its_own_place(language: Language) -> None:
    size = SHAPES["16:9"]
    letterer = Letterer(*size, LOOKS[CaptionStyle.KARAOKE])
    card = next(card for card in letterer.cards(TEXTS[language], language) if len(card) == 2)
    sung = [syllables(line) for line in card]
    plate = letterer.plate(card, sung)
    count = sum(map(len, sung))
    frames = [lettered(size, plate, lit).buffer.copy() for lit in range(count + 1)]
    assert (Frame(*size).buffer.shape) == frames[0].shape
    chroma = [frame[size[0] * size[1] :].astype(int) for frame in frames]
    assert (np.abs(chroma[0] - 128) <= 1).all(), "nothing is lit before its time"
    edges: list[tuple[int, int]] = []
    for before, after in pairwise(chroma):
        u_before, u_after = (
            planes[: len(planes) // 2].reshape(size[1] // 2, size[0] // 2) for planes in (before, after)
        )
        assert (u_after <= u_before).all(), "what is lit stays lit"
        left, _, right, _ = box_of(u_before - u_after > 8)
        edges.append((2 * left, 2 * right))
    for line, texts, own in zip(card, sung, _parted(edges, sung), strict=True):
        start = (size[0] - letterer.ruler(line)) / 2
        ends = [start + letterer.ruler(text) for text in accumulate(texts)]
        for (left, right), begin, end in zip(own, [start, *ends], ends, strict=False):
            em = letterer.ruler("月")
            assert begin - 0.4 * em <= left < right <= end + 0.4 * em


def _parted(edges: list[tuple[int, int]], sung: list[list[str]]) -> list[list[tuple[int, int]]]:
    first = len(sung[0])
    return [edges[:first], edges[first:]]


def test_lit_letters_are_yellow_and_waiting_ones_white() -> None:
    size = SHAPES["16:9"]
    plate = Letterer(*size, LOOKS[CaptionStyle.KARAOKE]).plate(("MMMM MMMM",), [["MMMM ", "MMMM"]])
    frame = lettered(size, plate, 1)
    inks = [
        (int(frame.y[row, column]), int(frame.u[row // 2, column // 2]), int(frame.v[row // 2, column // 2]))
        for columns in (range(320), range(320, 640))
        for row, column in [_brightest(frame, columns)]
    ]
    yellow, white = inks
    assert abs(yellow[0] - 207) <= 4  # BT.709 of 255, 221, 102
    assert yellow[1] < 100
    assert yellow[2] > 132
    assert white[0] >= WHITE - 2
    assert abs(white[1] - 128) <= 2
    assert abs(white[2] - 128) <= 2


def _brightest(frame: Frame, columns: range) -> tuple[int, int]:
    """Amid a letter: where most of 3 x 3 samples is bright."""
    part = frame.y[:, columns.start : columns.stop].astype(float)
    summed = sum(np.roll(np.roll(part, dy, 0), dx, 1) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
    row, column = np.unravel_index(np.argmax(summed), part.shape)
    return int(row), int(column) + columns.start


@pytest.mark.parametrize(("inks", "ground"), [(LIGHT_PAGE, 40), (DARK_PAGE, 220)])
def test_a_page_stands_out_from_a_dark_picture_and_from_a_bright_one(inks: object, ground: int) -> None:
    size = SHAPES["16:9"]
    plate = Letterer(*size, LOOKS[CaptionStyle.CARD]).plate(("A fox",), inks=inks)  # type: ignore[arg-type]
    contrast = np.abs(lettered(size, plate, ground=ground).y.astype(int) - ground)
    assert contrast.max() >= 170


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(STYLES),
    st.tuples(st.integers(32, 300), st.integers(32, 300)),
    st.text("ab月。，“ ", min_size=1, max_size=30),
)
def test_whatever_is_lettered_lies_at_even_places_inside_the_film(
    style: CaptionStyle, half: tuple[int, int], text: str
) -> None:
    size = 2 * half[0], 2 * half[1]
    letterer = Letterer(*size, LOOKS[style])
    for card in letterer.cards(text, "zh"):
        plate = letterer.plate(card, [syllables(line) for line in card])
        for piece in plate.pieces(1):
            height, width = piece.stays.shape
            assert piece.left % 2 == piece.top % 2 == height % 2 == width % 2 == 0
            assert piece.left >= 0
            assert piece.left + width <= size[0]
            assert piece.top >= 0
            assert piece.top + height <= size[1]
        lettered(size, plate, 1)


def test_a_look_of_ones_own_is_set_as_it_says() -> None:
    plates = [Letterer(640, 360, Look(size=size, is_page=True)).plate(("Title",)) for size in (0.1, 0.2)]
    small, large = (box_of(lettered((640, 360), plate).y > 200) for plate in plates)
    assert (large[2] - large[0]) == pytest.approx(2 * (small[2] - small[0]), rel=0.1)


@pytest.mark.parametrize("line", ["The fox's AV wave, “To Tov,” at 7:11", "小狐狸“很远”，Tom说：AV", "Yes … no"])
def test_the_ruler_measures_what_is_lettered(line: str) -> None:
    letterer = Letterer(1280, 720)
    frame = lettered((1280, 720), letterer.plate((f"H{line}H",)))
    left, _, right, _ = box_of(frame.y > 200)
    assert letterer.ruler(f"H{line}H") == pytest.approx(right - left, abs=0.25 * letterer.ruler("月"))
