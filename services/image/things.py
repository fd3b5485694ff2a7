"""Things beside the characters: what a prompt names, what lies about in a place, and how high it is."""

from schemas import ImageRequested, Language
from services.image.cues import prop_table, stop_words
from services.image.lexicon import Lexicon, Picture
from services.image.naming import is_somebody, named_kinds
from services.image.places import ROOMS
from services.image.scene import Figure, Prop
from services.image.words import is_chinese, split

_MOST_PROPS = 5
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
_TRAVEL = 5
_GROWS_OR_IS_BUILT = frozenset({40, 41, 51, 52})
"""Flowers, other plants, buildings."""
_BARREN = frozenset({"space", "moon", "underwater"})
_HIGHEST_INDOORS = 1.3
_HELD = 0.4
"""What is not higher may be in somebody's hands."""
_THING_HEIGHT = {3: 0.4, 4: 0.28, 5: 0.9, 6: 0.34, 7: 0.34}
_PART_OF_PLACE = frozenset(
    (place, word)
    for place, words in {
        "village": ("house", "cottage", "房子", "小屋"),
        "castle": ("castle", "城堡"),
        "mountain": ("mountain", "peak", "高山", "大山"),
        "forest": ("tree", "树", "大树", "evergreen", "pine"),
        "meadow": ("tree", "树", "flower", "flowers", "花", "鲜花", "clover", "三叶草"),
        "bedroom": ("bed", "window", "床", "窗户"),
        "sea": ("boat", "sailboat", "小船", "船", "canoe", "ship"),
        "garden": ("flower", "花", "flowers", "fence", "篱笆"),
        "desert": ("cactus", "desert"),
        "beach": ("palm",),
        "city": ("cityscape", "building"),
        "library": ("book", "books", "书", "window", "ladder", "梯子"),
        "classroom": ("blackboard", "desk", "window", "globe", "school", "学校"),
        "ruins": ("ruin", "ruins", "temple", "古庙"),
        "kitchen": ("window", "窗户"),
        "bridge": ("bridge", "桥"),
        "farm": ("fence", "篱笆"),
    }.items()
    for word in words
)


def things(
    lexicon: Lexicon, request: ImageRequested, prompt: str, cast: tuple[Figure, ...], drawn: set[str], place: str
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
    for picture, _, word in lexicon.spans(_without_people(prompt), language):
        if word in stop or picture.is_person or picture.is_of_the_sky or word in described:
            continue
        drawn.update(split(word))
        if word in worn or picture.icon in icons or is_somebody(word):
            continue
        is_boat_of_nobody = place == "sea" and bool(cast) and all(figure.look.swims for figure in cast)
        if ((place, word) in _PART_OF_PLACE and not is_boat_of_nobody) or len(props) >= _MOST_PROPS:
            continue
        zone = table["zones"].get(picture.icon, "ground")
        if zone == "sky" and place in ROOMS and picture.group == _TRAVEL:
            zone = "ground"  # a rocket that was built in a room stands in it
        if zone != "none" and not _is_unfit(picture, place) and not _is_worn_word(word, request):
            props.setdefault(picture.icon, Prop(picture.icon, zone, _height(picture)))
    return tuple(props.values()) or _dressing(place, request)


def _without_people(prompt: str) -> str:
    """The prompt without its Chinese words for somebody: in a robot, 机器人, there is no machine, 机器."""
    for _, _, phrase in named_kinds(prompt):
        if is_chinese(phrase):
            prompt = prompt.replace(phrase, " ")
    return prompt


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
    is_for_outside = (
        picture.subgroup == _BUILDINGS or _height(picture) > _HIGHEST_INDOORS or picture.icon in words["outdoors"]
    )
    if place == "sea" and prop_table()["zones"].get(picture.icon, "ground") == "ground":
        return picture.icon not in words["afloat"] and _height(picture) > _HELD
    if place in _BARREN and picture.subgroup in _GROWS_OR_IS_BUILT:
        return True
    misplaced = is_for_outside if place in ROOMS else picture.icon in words["indoors"]
    return misplaced or picture.icon in words["not_props"]


def _is_worn_word(word: str, request: ImageRequested) -> bool:
    """Whether the word is part of what a character looks like rather than a thing beside it."""
    return any(word in character.description.lower() for character in request.characters)
