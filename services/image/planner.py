"""The planner: a request's words become a scene. Deterministic; any text gives a scene."""

import random
import re
import zlib
from collections.abc import Iterable
from dataclasses import replace

from schemas import ImageRequested, Language, Mood
from services.image.cues import Said, cues, prop_table, stop_words
from services.image.lexicon import Lexicon, Picture
from services.image.look import kind_words, look_of, look_of_kind
from services.image.missing import missing_words
from services.image.places import ROOMS
from services.image.scene import Accessory, Expression, Figure, Look, Pose, Prop, Scene, Shot, TimeOfDay, Weather
from services.image.words import is_chinese, split

_READ_AT_MOST = 2000
"""Characters of a text that are planned from; no picture shows more."""
_MOST_FIGURES = 4
_MOST_PROPS = 5
_AIRLESS = frozenset({"space", "moon", "underwater"})
_NEUTRAL_POSES = (Pose.WAVE, Pose.WALK, Pose.LOOK_UP, Pose.STAND, Pose.POINT, Pose.SIT, Pose.REACH)
_SHARED_POSES = frozenset({Pose.HUG, Pose.DANCE, Pose.JUMP, Pose.SLEEP, Pose.RUN, Pose.WALK, Pose.SIT})
_HERO_X = (0.38, 0.62, 0.5, 0.35, 0.65, 0.45)
_SHOTS = (Shot.MEDIUM, Shot.WIDE, Shot.CLOSE, Shot.MEDIUM, Shot.WIDE, Shot.MEDIUM, Shot.CLOSE)
_SUBGROUP_HEIGHTS = {
    34: 0.8,
    35: 0.5,
    39: 0.22,
    40: 0.36,
    41: 0.4,
    50: 1.2,
    51: 1.7,
    52: 1.7,
    53: 1.2,
    54: 1.0,
    55: 0.9,
    56: 0.6,
}
_BUILDINGS = 52
_THING_HEIGHT = {3: 0.4, 4: 0.28, 5: 0.9, 6: 0.34, 7: 0.34}


class Planner:
    """Plans scenes with the words that ``lexicon`` knows."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def plan(self, request: ImageRequested) -> Scene:
        """The scene of a page. Equal requests give equal scenes."""
        prompt, story = request.prompt[:_READ_AT_MOST], request.story[:_READ_AT_MOST]
        names = [character.name for character in request.characters]
        seed = zlib.crc32(f"{request.seed}|{request.page}|{prompt}".encode())
        rng = random.Random(seed)
        said = Said(_without(prompt, names), _without(story, names))
        cast, drawn, missing = self._cast(request, prompt, story, said, rng)
        place = _place(said, request.place, cast)
        turn = request.page - 1 + request.seed % 7
        shot = Shot(said.first("shot") or _SHOTS[turn % len(_SHOTS)])
        if len(cast) > 2 and shot is Shot.CLOSE:
            shot = Shot.MEDIUM
        props = self._props(request, _without(prompt, names), cast, drawn, place)
        cast = _hold(cast, props)
        if cast and cast[0].held:
            props = tuple(prop for prop in props if prop.icon != cast[0].held)
        cast = tuple(_equipped(figure, place) for figure in cast)
        time = _time(said, request, place)
        return Scene(
            place=place,
            time=time,
            weather=_weather(said, request.mood, place),
            mood=request.mood,
            shot=shot,
            cast=cast,
            props=props,
            has_rainbow="rainbow" in said.of("sky"),
            has_big_moon="big_moon" in said.of("sky") and time is TimeOfDay.NIGHT,
            hero_x=_HERO_X[turn % len(_HERO_X)] if cast else 0.5,
            seed=seed,
            missing_words=tuple(dict.fromkeys((*missing, *missing_words(_without(prompt, names), drawn)))),
        )

    def _cast(
        self, request: ImageRequested, prompt: str, story: str, said: Said, rng: random.Random
    ) -> tuple[tuple[Figure, ...], set[str], list[str]]:
        """Who is in the picture, the words that they account for, and the kinds that could not be drawn."""
        drawn: set[str] = set()
        missing: list[str] = []
        looks: list[Look] = []
        named = {kind for kind, _ in kind_words().find(prompt)} | {kind for kind, _ in kind_words().find(story)}
        for number, character in enumerate(request.characters):
            look, unknown = look_of(character, request.language, request.seed, self._lexicon, is_hero=number == 0)
            is_here = number == 0 or look.kind in named or _mentions(f"{prompt} {story}", character.name)
            drawn.update(split(f"{character.kind} {character.name} {character.description}"))
            if unknown and is_here:
                missing.append(unknown)
            if is_here and len(looks) < _MOST_FIGURES:
                looks.append(look)
        present = {look.kind for look in looks} | {
            kind for character in request.characters if (kind := _kind(character.kind))
        }
        for kind, _, phrase in kind_words().spans(prompt):
            drawn.update(split(phrase))
            if kind not in present and len(looks) < _MOST_FIGURES:
                present.add(kind)
                looks.append(look_of_kind(kind, request.language, request.seed))
        return tuple(_pose(looks, request, said, rng)), drawn, missing

    def _props(
        self, request: ImageRequested, prompt: str, cast: tuple[Figure, ...], drawn: set[str], place: str
    ) -> tuple[Prop, ...]:
        """The things that the prompt names, in its order. Adds their words to ``drawn``."""
        table = prop_table()
        stop = stop_words()
        icons = {figure.look.icon for figure in cast}
        described = {
            piece for character in request.characters for piece in split(f"{character.name} {character.description}")
        }
        worn = {accessory.item for figure in cast for accessory in figure.look.accessories}
        props: dict[str, Prop] = {}
        language: Language = "zh" if is_chinese(prompt) else "en"
        for picture, _, word in self._lexicon.spans(prompt, language):
            if word in stop or picture.is_person or picture.is_of_the_sky or word in described:
                continue
            drawn.update(split(word))
            if word in worn or picture.icon in icons or word in kind_words():
                continue
            if (place, word) in _PART_OF_PLACE or len(props) >= _MOST_PROPS:
                continue
            zone = table["zones"].get(picture.icon, "ground")
            if zone != "none" and not _is_unfit(picture, place) and not _is_worn_word(word, request):
                props.setdefault(picture.icon, Prop(picture.icon, zone, _height(picture)))
        return tuple(props.values()) or _dressing(place, request)


_WEAK_PLACES = frozenset({"village", "bedroom", "snowfield", "clouds", "city"})
_NO_ROOM_IN = frozenset({"space", "moon", "underwater", "cave"})
"""Where somebody at a window, or in bed, is still where the task plays."""
_PART_OF_PLACE = frozenset(
    (place, word)
    for place, words in {
        "village": ("house", "cottage", "房子", "小屋"),
        "castle": ("castle", "城堡"),
        "mountain": ("mountain", "peak", "高山", "大山"),
        "forest": ("tree", "树", "大树", "evergreen", "pine"),
        "meadow": ("tree", "树"),
        "bedroom": ("bed", "window", "床", "窗户"),
        "sea": ("boat", "sailboat", "小船", "船", "canoe", "ship"),
        "garden": ("flower", "花", "flowers"),
        "desert": ("cactus", "desert"),
        "beach": ("palm",),
        "city": ("cityscape", "building"),
        "library": ("book", "books", "书", "window", "ladder", "梯子"),
        "classroom": ("blackboard", "desk", "window", "globe", "school", "学校"),
        "ruins": ("ruin", "ruins", "temple", "古庙"),
        "kitchen": ("window", "窗户"),
        "bridge": ("bridge", "桥"),
    }.items()
    for word in words
)


def _place(said: Said, given: str, cast: tuple[Figure, ...]) -> str:
    """The prompt's place, of several the first that is more than a detail; else the task's place; else a meadow.

    What is seen from inside a house is seen in a room.
    """
    found = said.of("place")
    strong = [place for place in found if place not in _WEAK_PLACES]
    named = strong or found
    place = named[0] if named else None
    if place is None:
        there = [
            value for says, _ in cues().find(given[:_READ_AT_MOST]) for category, value in says if category == "place"
        ]
        place = there[0] if there else "meadow"
    if said.of("inside") and place not in ROOMS | _NO_ROOM_IN:
        return "bedroom"
    if any(figure.look.swims for figure in cast[:1]) and place in ("meadow", "beach", "sea", "river", "island"):
        return "underwater"
    return place


def _time(said: Said, request: ImageRequested, place: str) -> TimeOfDay:
    found = said.first("time", or_in_story=True)
    if found:
        return TimeOfDay(found)
    if place == "space":
        return TimeOfDay.NIGHT
    if request.page_count > 2 and request.page == request.page_count:
        return TimeOfDay.DUSK
    return TimeOfDay.DAY


def _weather(said: Said, mood: Mood, place: str) -> Weather:
    found = said.first("weather")
    if found:
        return Weather(found)
    return (
        {Mood.SAD: Weather.CLOUDY, Mood.TENSE: Weather.CLOUDY}.get(mood, Weather.CLEAR)
        if place != "snowfield"
        else Weather.SNOW
    )


def _pose(looks: list[Look], request: ImageRequested, said: Said, rng: random.Random) -> Iterable[Figure]:
    """Give every figure its pose, expression and side."""
    poses = [Pose(value) for value in said.of("pose")]
    story_pose = said.first("pose", or_in_story=True)
    hero = (
        poses[0]
        if poses
        else Pose(story_pose)
        if story_pose
        else _NEUTRAL_POSES[(request.page + request.seed) % len(_NEUTRAL_POSES)]
    )
    for urgent in (Pose.SLEEP, Pose.HUG):
        if urgent in poses:
            hero = urgent
    feeling = said.first("expression", or_in_story=True)
    mood = {Mood.JOYFUL: Expression.HAPPY, Mood.TRIUMPHANT: Expression.HAPPY, Mood.SAD: Expression.SAD}.get(
        request.mood, Expression.PLAIN
    )
    expression = Expression(feeling) if feeling else mood
    turn = request.page - 1 + request.seed % 7
    facing = 1 if _HERO_X[turn % len(_HERO_X)] <= 0.5 else -1
    for number, look in enumerate(looks):
        if number == 0 or hero in _SHARED_POSES:
            pose = hero
        elif look.is_airborne:
            pose = Pose.FLY
        else:
            pose = (Pose.STAND, Pose.WAVE, Pose.LOOK_UP)[(number + request.page) % 3]
        if look.swims and pose is not Pose.SLEEP:
            pose = Pose.SWIM
        shown = Expression.ASLEEP if pose is Pose.SLEEP else expression
        yield Figure(look, pose, shown, facing if number == 0 else -facing if number % 2 else facing)


def _hold(cast: tuple[Figure, ...], props: tuple[Prop, ...]) -> tuple[Figure, ...]:
    """A small thing goes into the hands of a hero who holds something."""
    if not cast or cast[0].pose is not Pose.HOLD or cast[0].look.body in ("whole", "limbed"):
        return cast
    small = next((prop.icon for prop in props if prop.height <= 0.4), None)
    return (replace(cast[0], held=small), *cast[1:]) if small else cast


def _equipped(figure: Figure, place: str) -> Figure:
    """A glass helmet for whoever breathes air, where there is none."""
    look = figure.look
    if (
        place not in _AIRLESS
        or not look.breathes_air
        or look.is_marine
        or any(worn.item == "bubble" for worn in look.accessories)
    ):
        return figure
    return replace(figure, look=replace(look, accessories=(*look.accessories, Accessory("bubble", "#ffffff"))))


def _height(picture: Picture) -> float:
    listed = prop_table()["heights"].get(picture.icon)
    return float(listed or _SUBGROUP_HEIGHTS.get(picture.subgroup) or _THING_HEIGHT.get(picture.group, 0.34))


def _dressing(place: str, request: ImageRequested) -> tuple[Prop, ...]:
    """What lies about in a place of this kind, for a page that names no thing."""
    usual = prop_table()["dressing"].get(place, ())
    if not usual:
        return ()
    first = (request.page * 2 + request.seed) % len(usual)
    chosen = dict.fromkeys((usual[first], usual[(first + 1) % len(usual)]))
    heights = prop_table()["heights"]
    return tuple(Prop(icon, "ground", heights.get(icon, 0.3), is_dressing=True) for icon in chosen)


def _is_unfit(picture: Picture, place: str) -> bool:
    """Whether it can stand nowhere, or not here: no bed under the open sky, no house in a room."""
    words = prop_table()["words"]
    misplaced = picture.subgroup == _BUILDINGS if place in ROOMS else picture.icon in words["indoors"]
    return misplaced or picture.icon in words["not_props"]


def _kind(text: str) -> str | None:
    found = kind_words().find(text)
    return found[-1][0] if found else None


def _without(text: str, names: Iterable[str]) -> str:
    """The text with its characters' names taken out: somebody called Star makes no night."""
    for name in names:
        if name.strip():
            text = re.sub(rf"(?<![a-z]){re.escape(name.strip())}(?![a-z])", " ", text, flags=re.IGNORECASE)
    return text


def _mentions(text: str, name: str) -> bool:
    return bool(name.strip()) and name.strip().lower() in text.lower()


def _is_worn_word(word: str, request: ImageRequested) -> bool:
    """Whether the word is part of what a character looks like rather than a thing beside it."""
    return any(word in character.description.lower() for character in request.characters)
