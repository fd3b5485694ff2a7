"""Landmarks: which words bring them, where they stand, and where nothing is built."""

import re
from collections import Counter

import pytest

from schemas import Character, Language, Mood
from services.image.cues import Said
from services.image.landmarks import LANDMARKS
from services.image.look import look_of
from services.image.naming import kinds
from services.image.painter import place_of_scene
from services.image.places import NO_LAND, PLACES
from services.image.scene import Figure, Look, Scene, Weather
from services.image.setting import place_of, weather_of
from services.image.words import lemmas


@pytest.mark.parametrize(
    ("words", "landmark"), [("an old windmill in the fields", "windmill"), ("海边的灯塔", "lighthouse")]
)
def test_a_landmark_that_is_named_is_drawn(words: str, landmark: str) -> None:
    assert Said(words, "").of("landmark") == [landmark]
    assert landmark in LANDMARKS


@pytest.mark.parametrize("landmark", sorted(LANDMARKS))
@pytest.mark.parametrize("hero_x", [0.3, 0.7])
@pytest.mark.parametrize("shape", [(640, 360), (360, 640), (400, 400)])
def test_a_landmark_stands_beside_the_hero_and_in_the_picture(
    landmark: str, hero_x: float, shape: tuple[int, int]
) -> None:
    width, height = shape
    canvas, _, _ = place_of_scene(Scene(place="meadow", hero_x=hero_x, landmark=landmark), width, height)
    plain, _, _ = place_of_scene(Scene(place="meadow", hero_x=hero_x), width, height)
    assert len(canvas.markup("ground")) > len(plain.markup("ground"))
    start, end = canvas.taken[-1]
    assert not start <= hero_x * width <= end
    assert -0.1 * width <= start
    assert end <= 1.1 * width
    at = re.findall(r"translate\(([\d.]+) ([\d.]+)\)", canvas.layers["ground"][-1])[0]
    assert canvas.height * 0.5 < float(at[1]) < canvas.height


@pytest.mark.parametrize("place", sorted(NO_LAND & set(PLACES)))
def test_nothing_is_built_where_there_is_no_land(place: str) -> None:
    canvas, _, _ = place_of_scene(Scene(place=place, landmark="windmill"), 320, 180)
    plain, _, _ = place_of_scene(Scene(place=place), 320, 180)
    assert canvas.layers == plain.layers


def test_a_lighthouse_stands_by_the_sea_where_nothing_else_says_where() -> None:
    assert place_of(Said("a fox looks at a lighthouse", ""), "", ()) == "beach"
    assert place_of(Said("a fox looks at a lighthouse on an island", ""), "", ()) == "island"


@pytest.mark.parametrize(
    ("word", "other"), [("busy", "bus"), ("many", "man"), ("tiny", "tin"), ("holy", "hol"), ("pony", "pon")]
)
def test_a_short_word_in_y_is_no_form_of_another(word: str, other: str) -> None:
    assert other not in set(lemmas(word))


def test_what_something_is_full_of_is_found_in_its_longer_words() -> None:
    assert "rain" in set(lemmas("rainy"))
    assert "sun" in set(lemmas("sunny"))
    assert "fog" in set(lemmas("foggy"))


@pytest.mark.parametrize("kind", ["baker", "knight", "面包师", "医生"])
def test_a_woman_looks_like_one_whatever_her_trade(kind: str) -> None:
    def icon(description: str) -> str:
        asked = Character(name="Nora", kind=kind, description=description)
        language: Language = "en" if kind.isascii() else "zh"
        return look_of(asked, language, 1, None, is_hero=True)[0].icon  # type: ignore[arg-type]

    he, she = (f"a {kind}", f"a woman {kind}") if kind.isascii() else (f"一位{kind}", f"一位女{kind}")
    assert icon(he).rsplit("-", 2)[0].split("-")[0] in {"man", "boy"}
    assert icon(she).split("-")[0] in {"woman", "girl"}


def test_a_word_names_one_kind_alone() -> None:
    named = Counter(word for row in kinds().values() for word in {*row["en"], *row["zh"]})
    assert [word for word, times in named.items() if times > 1] == []


@pytest.mark.parametrize("words", ["a baker in a snowy town", "下雪的村子里的面包师"])
def test_a_snowy_town_is_a_town_in_the_snow(words: str) -> None:
    said = Said(words, "")
    assert place_of(said, "", ()) == "village"
    assert weather_of(said, Mood.CALM, "village") is Weather.SNOW


@pytest.mark.parametrize("words", ["a whale at the top of the waves", "一头小鲸鱼在高高的浪尖上"])
def test_who_swims_at_the_top_of_the_waves_is_not_under_them(words: str) -> None:
    whale = Figure(Look("whale", "whole", swims=True))
    assert place_of(Said(words, ""), "in a coral reef", (whale,)) == "sea"


def test_who_swims_is_under_water_where_a_garden_grows_in_the_sea() -> None:
    octopus = Figure(Look("octopus", "whole", swims=True))
    assert place_of(Said("an octopus in a garden of sea flowers", ""), "in a coral reef", (octopus,)) == "underwater"
    assert place_of(Said("a fox in a garden", ""), "", (Figure(Look("fox", "plush")),)) == "garden"
