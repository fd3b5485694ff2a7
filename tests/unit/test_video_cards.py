"""Title and end card: when there is one, what it says, and how it is set."""

from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from schemas import Aspect, Cut, Language, Mood, TransitionKind
from services.video.cutting import parts, transition_to, with_cards
from services.video.footage import CardKind, Footage, Shot
from services.video.lettering import FACE, face_index, font_path
from services.video.picture import Picture, to_planes
from services.video.title_cards import HEIGHT, WIDTH, card_picture, set_words, words_of

SHORT = {"en": "The Fox", "zh": "小狐狸"}
LONG = {
    "en": "The Small Red Fox Who Wanted to Touch the Moon and Was Told by an Owl How Far Away It Is",
    "zh": "一只想摸月亮的小狐狸和一位住在橡树上的老猫头鹰在河边谈了一整夜关于月亮有多远的故事",
}


def footage(cut: Cut | None, title: str = "The Fox", language: Language = "en", **more: object) -> Footage:
    moods = [Mood.CALM, Mood.SAD, Mood.JOYFUL]
    shots = tuple(Shot(page=n, picture=Path(f"{n}.png"), mood=mood) for n, mood in enumerate(moods, 1))
    fields = {"shots": shots, "language": language, "width": 320, "height": 180, "fps": 24, "cut": cut} | more
    return Footage(title=title, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cut", "title", "kinds"),
    [
        (None, "The Fox", []),
        (Cut(), "The Fox", [CardKind.TITLE, CardKind.END]),
        (Cut(title_card=False), "The Fox", [CardKind.END]),
        (Cut(end_card=False), "The Fox", [CardKind.TITLE]),
        (Cut(), "  ", [CardKind.END]),
    ],
)
def test_cards_stand_around_the_pages_as_they_are_ordered(cut: Cut | None, title: str, kinds: list[CardKind]) -> None:
    shots = with_cards(footage(cut, title)).shots
    assert [shot.card for shot in shots if shot.card] == kinds
    assert [shot.page for shot in shots if shot.card is None] == [1, 2, 3]
    if CardKind.TITLE in kinds:
        assert (shots[0].card, shots[0].picture) == (CardKind.TITLE, Path("1.png"))
    if CardKind.END in kinds:
        assert (shots[-1].card, shots[-1].picture) == (CardKind.END, Path("3.png"))


def test_cards_are_shorter_where_no_music_plays() -> None:
    def card_times(made: Footage) -> list[float]:
        staged = with_cards(made)
        return [part.card_s for part in parts(staged, [[] for _ in staged.shots]) if part.card_s]

    silent, musical = card_times(footage(Cut())), card_times(footage(Cut(), music=Path("m.wav")))
    assert all(less < more for less, more in zip(silent, musical, strict=True))
    assert min(silent) > 1.3


def test_an_order_has_one_transition_for_the_whole_film_and_none_means_by_mood() -> None:
    slid = with_cards(footage(Cut(transition=TransitionKind.SLIDE)))
    assert {transition_to(slid, index) for index in range(len(slid.shots))} == {TransitionKind.SLIDE}
    chosen = with_cards(footage(Cut()))
    kinds = [transition_to(chosen, index) for index in range(1, len(chosen.shots))]
    assert kinds[0] is kinds[-1] is TransitionKind.DISSOLVE
    assert kinds[2] is TransitionKind.FADE, "from a sad page to a joyful one"
    plain = footage(None)
    assert {transition_to(plain, index) for index in range(3)} == {TransitionKind.DISSOLVE}


@pytest.mark.parametrize(("language", "end"), [("en", "The End"), ("zh", "完")])
def test_the_end_card_speaks_the_films_language(language: Language, end: str) -> None:
    assert words_of(CardKind.END, footage(Cut(), language=language)) == end
    assert words_of(CardKind.TITLE, footage(Cut(), title=" A\n fox ")) == "A fox"


@pytest.mark.parametrize("aspect", list(Aspect))
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("texts", [SHORT, LONG])
def test_a_title_is_set_on_two_lines_at_most_inside_the_safe_area(
    aspect: Aspect, language: Language, texts: dict[str, str]
) -> None:
    width, height = aspect.size
    found = set_words(texts[language], language, width, height)
    font = ImageFont.truetype(str(font_path()), found.size, index=face_index(FACE))
    assert 1 <= len(found.lines) <= 2
    assert all(font.getlength(line) <= WIDTH * width for line in found.lines)
    assert "".join("".join(found.lines).split()).rstrip("…") in "".join(texts[language].split())
    if texts is SHORT:
        assert found.size >= 0.1 * min(width, height)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_too_long_for_any_size_is_cut_short_and_says_so(language: Language) -> None:
    text = " ".join([LONG[language]] * 3)
    found = set_words(text, language, 720, 1280)
    assert len(found.lines) == 2
    assert found.lines[-1].endswith("…")
    assert "".join("".join(found.lines).split())[:-1] in "".join(text.split())


@pytest.mark.parametrize("light", [0, 60, 255])
@pytest.mark.parametrize("kind", list(CardKind))
def test_letters_are_light_and_centred_on_a_ground_that_is_neither_black_nor_bright(kind: CardKind, light: int) -> None:
    card = card_picture(noise(light), kind, footage(Cut()))
    rows, columns = np.nonzero(card.y > 200)
    height, width = card.y.shape
    assert len(rows) > 0.003 * card.y.size
    assert abs((columns.min() + columns.max()) / 2 - width / 2) < 0.02 * width
    assert columns.max() - columns.min() <= (WIDTH + 0.03) * width
    assert rows.max() - rows.min() <= HEIGHT * height
    ground = np.concatenate([card.y[: height // 6], card.y[-height // 6 :]])
    assert ground.max() < 150
    if light:
        assert ground.mean() > 60


def test_a_card_keeps_the_colours_of_its_picture_out_of_focus() -> None:
    rgb = np.zeros((270, 480, 3), np.uint8)
    rgb[:, :240], rgb[:, 240:] = (200, 60, 40), (30, 80, 200)
    card = card_picture(to_planes(rgb), CardKind.END, footage(Cut()))
    assert card.v[10, 20] > 140
    assert card.u[10, 220] > 140
    assert np.abs(np.diff(card.u[10].astype(int))).max() < 20


def noise(light: int) -> Picture:
    texture = np.random.default_rng(1).integers(0, 32, (270, 480, 3))
    return to_planes(
        np.clip(light - 16 + texture, 0, 255).astype(np.uint8) if light else np.zeros((270, 480, 3), np.uint8)
    )
