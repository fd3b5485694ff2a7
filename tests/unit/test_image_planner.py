"""From a page's words to its scene, and from a character's words to its look."""

import json
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Character, ImageRequested, Language, Mood, TimeOfDay
from services.image.canvas import Canvas
from services.image.cues import prop_table
from services.image.icons import IconBook
from services.image.layout import arrange
from services.image.lexicon import Lexicon
from services.image.light import light_of
from services.image.look import look_of
from services.image.naming import kinds
from services.image.places import PLACES
from services.image.planner import Planner
from services.image.rig import draw
from services.image.scene import Accessory, Expression, Figure, Pose, Scene, Shot, Weather
from services.image.wardrobe import items

_EMOJI: tuple[tuple[str, str, str, int, int, list[str], list[str]], ...] = (
    ("1F34E", "red apple", "红苹果", 4, 42, ["apple", "fruit"], ["苹果", "水果"]),
    ("1F3EE", "red paper lantern", "红灯笼", 7, 71, ["lantern"], ["灯笼"]),
    ("1F344", "mushroom", "蘑菇", 4, 43, ["toadstool"], ["菌"]),
    ("1F339", "rose", "玫瑰", 4, 40, [], []),
    ("1F982", "scorpion", "蝎子", 3, 39, [], []),
    ("1F681", "helicopter", "直升机", 5, 56, [], []),
    ("1F319", "crescent moon", "弯月", 5, 59, ["moon"], ["月亮"]),
)


@pytest.fixture(scope="module")
def icons(tmp_path_factory: pytest.TempPathFactory) -> IconBook:
    path = tmp_path_factory.mktemp("icons") / "icons.json"
    names = {name.replace(" ", "-") for _, name, *_ in _EMOJI} | {
        row["icon"] for row in kinds().values() if "icon" in row
    }
    body = '<circle cx="16" cy="16" r="12" fill="red"/>'
    path.write_text(json.dumps({"prefix": "x", "icons": {name: {"body": body} for name in sorted(names)}, "width": 32}))
    return IconBook(path)


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory, icons: IconBook) -> Lexicon:
    folder = tmp_path_factory.mktemp("emojibase")
    for number, language in ((1, "en"), (2, "zh")):
        rows = [
            {"hexcode": row[0], "label": row[number], "group": row[3], "subgroup": row[4], "tags": row[4 + number]}
            for row in _EMOJI
        ]
        (folder / f"{language}.json").write_text(json.dumps(rows), encoding="utf-8")
    return Lexicon(folder / "en.json", folder / "zh.json", icons, prop_table()["aliases"])


@pytest.fixture(scope="module")
def planner(lexicon: Lexicon) -> Planner:
    return Planner(lexicon)


FOX = Character(name="Finn", kind="fox", description="orange fur, a blue scarf")
RABBIT = Character(name="朵朵", kind="小白兔", description="红色围巾")


def asked(
    prompt: str, *, page: int = 1, language: Language = "en", characters: tuple[Character, ...] = (), **more: object
) -> ImageRequested:
    return ImageRequested.model_validate(
        {
            "task_id": 1,
            "page": page,
            "page_count": 6,
            "prompt": prompt,
            "language": language,
            "characters": characters,
            "seed": 9,
        }
        | more
    )


def open_canvas(width: int = 1280, height: int = 720) -> Canvas:
    """A clear day, its horizon half-way up."""
    light = light_of(TimeOfDay.DAY, Weather.CLEAR, Mood.CALM)
    return Canvas(width, height, light, random.Random(1), horizon=height / 2)


@pytest.mark.parametrize(
    ("prompt", "place", "time", "weather"),
    [
        ("A fox in the forest at night", "forest", TimeOfDay.NIGHT, Weather.CLEAR),
        ("a rainy morning by the river", "river", TimeOfDay.DAWN, Weather.RAIN),
        ("sunset over the desert dunes", "desert", TimeOfDay.DUSK, Weather.CLEAR),
        ("a snowstorm on the mountain peak", "mountain", TimeOfDay.DAY, Weather.SNOW),
        ("夜晚，小狐狸在森林里", "forest", TimeOfDay.NIGHT, Weather.CLEAR),
        ("清晨的海边下雨了", "beach", TimeOfDay.DAWN, Weather.RAIN),
        ("黄昏的城堡前起雾了", "castle", TimeOfDay.DUSK, Weather.FOG),
        ("太空中的火箭", "space", TimeOfDay.NIGHT, Weather.CLEAR),
    ],
)
def test_place_time_and_weather_follow_the_words_in_both_languages(
    planner: Planner, prompt: str, place: str, time: TimeOfDay, weather: Weather
) -> None:
    scene = planner.plan(asked(prompt))
    assert (scene.place, scene.time, scene.weather) == (place, time, weather)


def test_a_prompt_without_a_place_is_set_where_the_story_is_set(planner: Planner) -> None:
    assert planner.plan(asked("Finn smiles", characters=(FOX,), place="an old castle")).place == "castle"


@pytest.mark.parametrize(
    ("prompt", "pose"),
    [
        ("The fox is sleeping under a tree", Pose.SLEEP),
        ("The fox flies over the city", Pose.FLY),
        ("The fox jumped over a log", Pose.JUMP),
        ("The fox ran home", Pose.RUN),
        ("The fox reaches for the moon", Pose.REACH),
        ("The fox holds an apple", Pose.HOLD),
        ("小狐狸在睡觉", Pose.SLEEP),
        ("小狐狸飞上天空", Pose.FLY),
    ],
)
def test_the_hero_does_what_the_prompt_says(planner: Planner, prompt: str, pose: Pose) -> None:
    assert planner.plan(asked(prompt, characters=(FOX,))).cast[0].pose is pose


def test_a_sleeper_has_closed_eyes(planner: Planner) -> None:
    assert planner.plan(asked("Finn sleeps", characters=(FOX,))).cast[0].expression is Expression.ASLEEP


def test_things_named_in_the_prompt_are_in_the_picture(planner: Planner) -> None:
    props = planner.plan(asked("Finn finds a mushroom and a lantern in the forest", characters=(FOX,))).props
    assert [prop.icon for prop in props] == ["mushroom", "red-paper-lantern"]


def test_a_small_thing_that_is_held_is_in_the_hero_s_hands_and_not_on_the_ground(planner: Planner) -> None:
    scene = planner.plan(asked("朵朵捧着一个苹果", language="zh", characters=(RABBIT,)))
    assert scene.cast[0].held == "red-apple"
    assert "red-apple" not in {prop.icon for prop in scene.props}


@pytest.mark.parametrize(("where", "grows"), [("in a meadow", True), ("on the moon", False), ("under the sea", False)])
def test_flowers_grow_where_they_can(planner: Planner, where: str, grows: bool) -> None:
    icons = {prop.icon for prop in planner.plan(asked(f"A fox {where} with a rose", characters=(FOX,))).props}
    assert ("rose" in icons) is grows


@pytest.mark.parametrize(("where", "stands"), [("in a meadow", True), ("in the bedroom", False)])
def test_a_fence_stands_outside(planner: Planner, where: str, stands: bool) -> None:
    icons = {prop.icon for prop in planner.plan(asked(f"A fox {where} beside a fence", characters=(FOX,))).props}
    assert ("fence" in icons) is stands


@pytest.mark.parametrize(("where", "zone"), [("over a meadow", "sky"), ("in the bedroom", "ground")])
def test_what_flies_stands_in_a_room(planner: Planner, where: str, zone: str) -> None:
    props = planner.plan(asked(f"A fox with a helicopter {where}", characters=(FOX,))).props
    assert [prop.zone for prop in props if prop.icon == "helicopter"] == [zone]


def test_a_noun_without_a_picture_is_reported(planner: Planner) -> None:
    assert planner.plan(asked("The fox looks at a turnstile", characters=(FOX,))).missing_words == ("turnstile",)
    assert planner.plan(asked("小白兔看见一台缝纫机", language="zh", characters=(RABBIT,))).missing_words == ("缝纫机",)


def test_what_is_drawn_is_not_reported(planner: Planner) -> None:
    prompt = "A little fox with a blue scarf finds a mushroom on a grassy hill at night under the full moon"
    assert planner.plan(asked(prompt, characters=(FOX,))).missing_words == ()


def test_a_hero_of_unknown_kind_is_drawn_as_a_creature_and_the_kind_is_reported(planner: Planner) -> None:
    scene = planner.plan(asked("Zib waves", characters=(Character(name="Zib", kind="wumpus"),)))
    assert scene.cast[0].look.kind == "creature"
    assert scene.missing_words == ("wumpus",)


def test_a_prompt_alone_brings_its_own_cast(planner: Planner) -> None:
    scene = planner.plan(asked("a dragon and a princess in front of a castle"))
    assert [figure.look.kind for figure in scene.cast] == ["dragon", "princess"]


def test_a_character_who_is_not_mentioned_is_not_on_the_page(planner: Planner) -> None:
    owl = Character(name="Luna", kind="owl")
    assert len(planner.plan(asked("Finn walks in the forest", characters=(FOX, owl))).cast) == 1
    assert len(planner.plan(asked("Finn meets Luna in the forest", characters=(FOX, owl))).cast) == 2


def test_the_hero_looks_the_same_on_every_page(planner: Planner) -> None:
    prompts = ("Finn in the forest", "Finn on a mountain in the snow", "Finn sleeps at home", "Finn reaches for a star")
    looks = {
        planner.plan(asked(prompt, page=page, characters=(FOX,))).cast[0].look for page, prompt in enumerate(prompts, 1)
    }
    assert len(looks) == 1
    assert looks.pop().accessories == (Accessory("scarf", "#4a86d8"),)


def test_a_hero_in_space_keeps_its_look_and_gains_a_helmet(planner: Planner) -> None:
    on_earth = planner.plan(asked("Finn in the forest", characters=(FOX,))).cast[0].look
    in_space = planner.plan(asked("Finn in outer space", characters=(FOX,))).cast[0].look
    assert in_space.accessories == (*on_earth.accessories, Accessory("bubble", "#ffffff"))
    assert (in_space.icon, in_space.coat, in_space.body) == (on_earth.icon, on_earth.coat, on_earth.body)


def test_pages_of_a_task_differ_in_shot_position_or_seed(planner: Planner) -> None:
    scenes = [planner.plan(asked("Finn in the forest", page=page, characters=(FOX,))) for page in range(1, 7)]
    assert len({scene.seed for scene in scenes}) == 6
    assert all((one.shot, one.hero_x) != (two.shot, two.hero_x) for one, two in pairwise(scenes))


@pytest.mark.parametrize(
    ("description", "worn"),
    [
        ("wears a red hat", Accessory("hat", "#e2474f")),
        ("with round glasses and a green backpack", Accessory("backpack", "#58b368")),
        ("戴着黄色的帽子", Accessory("hat", "#f4c542")),
        ("蓝围巾", Accessory("scarf", "#4a86d8")),
    ],
)
def test_a_mark_in_the_description_is_worn(lexicon: Lexicon, description: str, worn: Accessory) -> None:
    look, _ = look_of(Character(name="A", kind="bear", description=description), "en", 1, lexicon, is_hero=True)
    assert worn in look.accessories


def test_every_kind_can_be_drawn_in_every_pose(lexicon: Lexicon, icons: IconBook) -> None:
    for kind, row in kinds().items():
        look, missing = look_of(Character(name="x", kind=row["en"][0]), "en", 3, lexicon, is_hero=True)
        assert missing is None, kind
        assert {worn.item for worn in look.accessories} <= items()
        for pose in Pose:
            assert "<" in draw(Figure(look, pose), icons).markup


@settings(max_examples=150, deadline=None)
@given(
    prompt=st.text(min_size=1, max_size=300),
    story=st.text(max_size=200),
    place=st.text(max_size=100),
    kind=st.text(max_size=40),
    description=st.text(max_size=100),
    page=st.integers(1, 999),
    seed=st.integers(0, 2**32 - 1),
    mood=st.sampled_from(Mood),
    language=st.sampled_from(("en", "zh")),
)
def test_any_text_gives_a_scene_that_can_be_arranged(
    planner: Planner,
    prompt: str,
    story: str,
    place: str,
    kind: str,
    description: str,
    page: int,
    seed: int,
    mood: Mood,
    language: Language,
) -> None:
    character = Character(name="Q", kind=kind, description=description)
    request = asked(
        prompt, page=page, language=language, characters=(character,), story=story, place=place, mood=mood, seed=seed
    )
    scene = planner.plan(request)
    assert scene.place in PLACES
    assert scene.cast
    assert scene == planner.plan(request)
    assert len(arrange(scene, open_canvas())) >= len(scene.cast)


def test_the_icon_book_reads_single_drawings_and_knows_what_it_lacks(icons: IconBook) -> None:
    assert "red-apple" in icons
    assert icons.symbol("red-apple").startswith("<circle")
    assert "nothing-of-this-name" not in icons
    with pytest.raises(KeyError):
        icons.symbol("nothing-of-this-name")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280), (720, 720)])
@pytest.mark.parametrize("shot", list(Shot))
def test_the_hero_stands_inside_the_picture_and_above_the_captions(
    planner: Planner, width: int, height: int, shot: Shot
) -> None:
    canvas = open_canvas(width, height)
    look = planner.plan(asked("Finn", characters=(FOX,))).cast[0].look
    for hero_x in (0.35, 0.5, 0.65):
        hero = arrange(Scene(shot=shot, cast=(Figure(look),), hero_x=hero_x), canvas)[0]
        assert hero.y <= 0.86 * height
        assert hero.y - hero.height * 1.2 >= 0.04 * height
        assert 0.08 * width <= hero.x - hero.height * 0.35
        assert hero.x + hero.height * 0.35 <= 0.92 * width


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("a fox waves in the classroom", "classroom"),
        ("a fox reads in the old library", "library"),
        ("a fox walks over the market square", "market"),
        ("a fox stands on a stone bridge over a river", "bridge"),
        ("a fox finds old ruins in a forest", "ruins"),
        ("小狐狸站在石桥上", "bridge"),
        ("小狐狸在图书馆里看书", "library"),
        ("小狐狸去上课", "classroom"),
        ("小狐狸在集市上", "market"),
    ],
)
def test_a_place_is_found_by_its_words(planner: Planner, prompt: str, place: str) -> None:
    assert planner.plan(asked(prompt, characters=(FOX,))).place == place


@pytest.mark.parametrize(
    "prompt",
    [
        "a fox sleeps in a cosy bed in a village by a river; the moon shines through the window",
        "a fox looks out of the window of a castle",
        "小狐狸站在小屋的窗前，想着月亮",
    ],
)
def test_what_is_seen_from_inside_a_house_is_seen_in_a_room(planner: Planner, prompt: str) -> None:
    assert planner.plan(asked(prompt, characters=(FOX,))).place == "bedroom"


def test_nobody_is_in_a_room_of_a_house_on_the_moon_or_under_water(planner: Planner) -> None:
    assert planner.plan(asked("a fox at the window on the moon", characters=(FOX,))).place == "moon"
    assert planner.plan(asked("a fox in bed in a cave", characters=(FOX,))).place == "cave"


def test_a_mermaid_is_drawn_as_one_and_lives_under_water(planner: Planner) -> None:
    scene = planner.plan(asked("a mermaid by the sea", characters=(Character(name="Mira", kind="mermaid"),)))
    assert (scene.place, scene.cast[0].look.kind, scene.missing_words) == ("underwater", "mermaid", ())


@pytest.mark.parametrize(
    ("description", "count"), [("two small black-haired brothers with hats", 2), ("seven small dwarfs with caps", 7)]
)
def test_a_hero_who_is_several_is_drawn_as_several_with_the_friend(
    planner: Planner, description: str, count: int
) -> None:
    heroes = Character(name="the heroes", kind=description.split()[-3], description=description)
    scene = planner.plan(asked("The heroes run beside Finn, a fox", characters=(heroes, FOX)))
    assert [figure.look.kind == scene.cast[0].look.kind for figure in scene.cast] == [True] * count + [False]


def test_everybody_who_runs_runs_the_same_way(planner: Planner) -> None:
    scene = planner.plan(asked("Finn and 朵朵 run over the hill", characters=(FOX, RABBIT)))
    assert len({figure.facing for figure in scene.cast}) == 1


def test_a_winding_path_brings_no_wind(planner: Planner) -> None:
    assert planner.plan(asked("Finn walks on a winding path", characters=(FOX,))).weather is Weather.CLEAR


@pytest.mark.parametrize(
    ("prompt", "pose"),
    [
        ("Finn throws both arms up in joy", Pose.JUMP),
        ("Finn kneels beside a pond", Pose.SIT),
        ("Finn draws a map", Pose.HOLD),
        ("Finn lies happily in bed", Pose.SLEEP),
        ("小狐狸蹲在池塘边", Pose.SIT),
        ("小狐狸举起双手", Pose.JUMP),
    ],
)
def test_more_of_what_somebody_does_is_seen(planner: Planner, prompt: str, pose: Pose) -> None:
    assert planner.plan(asked(prompt, characters=(FOX,))).cast[0].pose is pose


def test_who_lies_awake_has_open_eyes(planner: Planner) -> None:
    hero = planner.plan(asked("Finn lies awake in bed", characters=(FOX,))).cast[0]
    assert (hero.pose, hero.expression) == (Pose.SLEEP, Expression.PLAIN)
    assert planner.plan(asked("Finn lies in bed", characters=(FOX,))).cast[0].expression is Expression.ASLEEP


def test_nobody_holds_what_only_lies_about(planner: Planner) -> None:
    scene = planner.plan(asked("Finn holds the breath in the meadow", characters=(FOX,)))
    assert scene.cast[0].held is None


WHALE = Character(name="Wally", kind="whale", description="a big blue whale")


def test_a_friend_who_swims_is_in_the_water_and_the_hero_in_a_boat(planner: Planner) -> None:
    scene = planner.plan(asked("Finn and Wally talk in a meadow", characters=(FOX, WHALE)))
    assert scene.place == "sea"
    assert scene.cast[1].pose is not Pose.SWIM, "its back is above the water"
    indoors = planner.plan(asked("Finn and Wally sit at the table", characters=(FOX, WHALE)))
    assert indoors.cast[1].pose is not Pose.SWIM, "nobody swims in the air of a room"


def test_the_heroes_are_as_many_on_a_page_that_names_others_too(planner: Planner) -> None:
    kittens = Character(name="the kittens", kind="kittens", description="seven small ginger kittens")
    plain = planner.plan(asked("The kittens sit", characters=(kittens, FOX)))
    full = planner.plan(asked("The kittens and Finn ask a mole, a goose and a sparrow", characters=(kittens, FOX)))
    for scene in (plain, full):
        assert [figure.look.kind for figure in scene.cast].count("cat") == 7
        assert len(scene.cast) <= 9
    assert any(figure.look.kind == "fox" for figure in full.cast)


def test_who_swims_in_a_river_is_in_its_water_and_who_has_wings_flies_over_the_sea(planner: Planner) -> None:
    assert planner.plan(asked("Finn swims across the river", characters=(FOX,))).place == "sea"
    assert planner.plan(asked("Finn walks along the river", characters=(FOX,))).place == "river"
    bird = Character(name="Pip", kind="bird", description="a small bird")
    assert planner.plan(asked("Pip and Finn sail on a ship", characters=(bird, FOX))).cast[0].pose is Pose.FLY
    assert planner.plan(asked("A whale beside a small boat")).place == "sea"


def test_in_a_robot_there_is_no_machine(planner: Planner) -> None:
    assert [prop.icon for prop in planner.plan(asked("一台机器在草地上", language="zh")).props] == ["machine"]
    robots = planner.plan(asked("两个机器人在草地上跳舞", language="zh"))
    assert len(robots.cast) == 2
    assert "machine" not in {prop.icon for prop in robots.props}


def test_whom_a_prompt_alone_names_has_the_colour_that_it_names(planner: Planner) -> None:
    scene = planner.plan(asked("six yellow ducks and a purple octopus"))
    assert [figure.look.kind for figure in scene.cast] == ["duckling"] * 6 + ["octopus"]
    assert scene.cast[-1].look.tint == "#8e68c9"


def test_a_family_is_there_where_nobody_else_is_named(planner: Planner) -> None:
    family = planner.plan(asked("一家人在厨房里", language="zh"))
    assert [figure.look.kind for figure in family.cast] == ["woman", "man", "child"]
    assert [figure.look.kind for figure in planner.plan(asked("a family of foxes")).cast] == ["fox"]
