"""Where, when and in what weather a page plays, by its words."""

from schemas import ImageRequested, Mood, TimeOfDay
from services.image.cues import Said, cues
from services.image.heavenly import does
from services.image.places import ROOMS
from services.image.scene import Figure, Pose, Weather

READ_AT_MOST = 2000
"""Characters of a text that are planned from; no picture shows more."""
_WEAK_PLACES = frozenset({"village", "bedroom", "snowfield", "clouds", "city"})
_NOT_FOR_SWIMMERS = frozenset(
    {"meadow", "beach", "sea", "river", "island", "garden", "forest", "village", "castle", "ruins"}
)
"""Where who swims is in the water: among coral gardens, forests of weed and sunken castles."""
_LASTING = frozenset({TimeOfDay.DUSK, TimeOfDay.NIGHT})
"""Times that a page has from the one before where it says nothing: a morning is soon over."""
_SHORES = frozenset({"beach", "river", "island"})
_NIGHTLY = frozenset({"moon", "star"})
_NO_ROOM_IN = frozenset({"space", "moon", "underwater", "cave"})
"""Where somebody at a window, or in bed, is still where the task plays."""


def place_of(said: Said, given: str, cast: tuple[Figure, ...]) -> str:
    """The prompt's place, of several the first that is more than a detail; else the task's place; else a meadow.

    What is seen from inside a house is seen in a room. A hero who lives in water is under it, and in it where a boat or
    the surface is named; one who has a friend who does is in a boat beside it. Who swims in a river is seen in its
    water.
    """
    found = _built_on(said.of("place"))
    strong = [place for place in found if place not in _WEAK_PLACES]
    there = _built_on(
        [value for says, _ in cues().find(given[:READ_AT_MOST]) for category, value in says if category == "place"]
    )
    place = [*strong, *found, *there, *said.of("vessel"), "meadow"][0]
    inside = said.of("inside")
    if (inside and place not in ROOMS | _NO_ROOM_IN) or ("bed" in inside and place in ROOMS):
        return "bedroom"
    if place in _NOT_FOR_SWIMMERS and any(figure.look.swims for figure in cast):
        is_seen_above = said.of("vessel") or said.of("surface") or not cast[0].look.swims
        return "sea" if is_seen_above else "underwater"
    if place in _SHORES and cast and cast[0].pose is Pose.SWIM:
        return "sea"
    return place


def _built_on(places: list[str]) -> list[str]:
    """The places without the snow that lies on one of them: a snowy town is a town."""
    return [place for place in places if place != "snowfield"] or places


def time_of(said: Said, story: str, request: ImageRequested, place: str, cast: tuple[Figure, ...]) -> TimeOfDay:
    """When the page plays. Moon and stars that do something in a ``story`` without a word for the time make it night,
    unless they are characters. Where a page says nothing it is as late as on the page before.
    """
    shown, told = said.first("time"), said.in_story("time")
    seen = set(said.of("heavens"))
    is_moon_up = does(story) and told is None and not any(figure.look.kind in _NIGHTLY for figure in cast)
    if is_moon_up or (shown is None and (place == "space" or seen & _NIGHTLY)):
        return TimeOfDay.NIGHT
    if found := shown or told or said.first("light", or_in_story=True):
        return TimeOfDay(found)
    before = Said.last(request.told_before, "time")
    if before in _LASTING:
        return TimeOfDay(before)
    if request.page_count > 2 and request.page == request.page_count and not seen:
        return TimeOfDay.DUSK
    return TimeOfDay.DAY


def weather_of(said: Said, mood: Mood, place: str) -> Weather:
    found = said.first("weather")
    if found:
        return Weather(found)
    if "snowfield" in said.of("place"):
        return Weather.SNOW
    return (
        {Mood.SAD: Weather.CLOUDY, Mood.TENSE: Weather.CLOUDY}.get(mood, Weather.CLEAR)
        if place != "snowfield"
        else Weather.SNOW
    )
