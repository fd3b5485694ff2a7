"""The planner: a request's words become a scene. Deterministic; any text gives a scene."""

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from schemas import Character, ImageRequested, TimeOfDay
from services.image.crowd import FEWEST
from services.image.cues import Said
from services.image.heavenly import moon_face
from services.image.lexicon import Lexicon
from services.image.look import is_large, look_of, look_of_kind
from services.image.missing import missing_words
from services.image.naming import kind_words, named_kinds
from services.image.posing import at_home, holding, posed
from services.image.scene import Figure, Look, Prop, Scene, Shot
from services.image.setting import READ_AT_MOST, place_of, time_of, weather_of
from services.image.several import count_before, count_of, each_of
from services.image.staging import Staging, fitted, floor_of, staging
from services.image.things import things
from services.image.words import split

_SHORTEST_DESCRIPTION = 6
_MOST_CHARACTERS = 4
_FAMILY = ("woman", "man", "child")
_MOST_FIGURES = 9


class Planner:
    """Plans scenes with the words that ``lexicon`` knows."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def plan(self, request: ImageRequested) -> Scene:
        """The scene of a page. Equal requests give equal scenes."""
        prompt, story = request.prompt[:READ_AT_MOST], request.story[:READ_AT_MOST]
        said_of = [text for one in request.characters for text in (_lasting(one), one.name)]
        shown, told = _without(prompt, said_of), _without(story, said_of)
        seed = zlib.crc32(f"{request.seed}|{request.page}|{prompt}".encode())
        said = Said(shown, told)
        cast, drawn, missing = self._cast(request, (prompt, story), (shown, told), said)
        place = place_of(said, request.place, cast)
        drawn.update(said.of("landmark"))
        props = things(self._lexicon, request, shown, cast, drawn, place)
        cast = holding(cast, props)
        if cast and cast[0].held:
            props = tuple(prop for prop in props if prop.icon != cast[0].held)
        cast = tuple(at_home(figure, place) for figure in cast)
        time = time_of(said, told, request, place, cast)
        is_moon_there = any(figure.look.kind == "moon" for figure in cast)
        staged = _staged(request, said, cast, props, place)
        if staged.hero_x > 0.5:
            cast = tuple(replace(figure, facing=-figure.facing) for figure in cast)
        return Scene(
            place=place,
            time=time,
            weather=weather_of(said, request.mood, place),
            mood=request.mood,
            shot=staged.shot,
            cast=cast,
            props=props,
            landmark=said.first("landmark") or "",
            has_rainbow="rainbow" in said.of("sky"),
            has_sparkles="sparkles" in said.of("sky"),
            has_fireflies="fireflies" in said.of("sky"),
            has_moon="moon" in said.of("heavens") and not is_moon_there,
            has_big_moon="big_moon" in said.of("sky") and time is TimeOfDay.NIGHT,
            moon_face=None if is_moon_there else moon_face(told) or moon_face(shown),
            hero_x=staged.hero_x if cast else 0.5,
            floor=floor_of(request.width, request.height),
            horizon=staged.horizon,
            zoom=staged.zoom,
            pan=staged.pan,
            is_bust=staged.is_bust,
            seed=seed,
            place_seed=zlib.crc32(f"{request.seed}|{place}".encode()),
            missing_words=tuple(dict.fromkeys((*missing, *missing_words(shown, drawn)))),
        )

    def _cast(
        self,
        request: ImageRequested,
        texts: tuple[str, str],
        shown: tuple[str, str],
        said: Said,
    ) -> tuple[tuple[Figure, ...], set[str], list[str]]:
        """Who is in the picture, the words that they account for, and the kinds that could not be drawn.

        ``texts`` are prompt and story; ``shown`` the same without what they say of the characters' lasting looks.
        """
        prompt, story = texts
        drawn: set[str] = set()
        missing: list[str] = []
        here: list[tuple[Look, str, int]] = []
        named = {kind for text in shown for kind, _, _ in named_kinds(text)}
        for number, character in enumerate(request.characters):
            look, unknown = look_of(
                character,
                request.language,
                request.seed,
                self._lexicon,
                is_hero=number == 0,
                is_beside_large=any(map(is_large, request.characters)),
            )
            is_here = (
                number == 0
                or look.kind in named
                or _mentions(f"{prompt} {story}", character.name)
                or _mentions(prompt, _lasting(character))
            )
            drawn.update(split(f"{character.kind} {character.name} {character.description}"))
            if unknown and is_here:
                missing.append(unknown)
            if is_here:
                here.append((look, character.description, count_of(character.description)))
        present = {look.kind for look, _, _ in here} | {
            kind for character in request.characters if (kind := _kind(character.kind))
        }
        words = split(shown[0])
        for kind, position, phrase in named_kinds(shown[0]):
            drawn.update(split(phrase))
            if kind not in present:
                present.add(kind)
                look = look_of_kind(kind, request.language, request.seed, shown[0])
                here.append((look, "", count_before(words, position)))
        if not here and "family" in said.of("company"):
            here = [(look_of_kind(kind, request.language, request.seed), "", 1) for kind in _FAMILY]
        return tuple(posed(_all_of(here[:_MOST_CHARACTERS]), request, said)), drawn, missing


def _all_of(here: Sequence[tuple[Look, str, int]]) -> list[Look]:
    """The looks of everybody: of each as many as are said, as long as there is room for the characters after it. Who is
    no character has no description, and comes last.
    """
    looks: list[Look] = []
    for number, (look, description, count) in enumerate(here):
        others = sum(bool(told) for _, told, _ in here[number + 1 :])
        looks += each_of(look, description, max(0, min(count, _MOST_FIGURES - len(looks) - others)))
    return looks


def _staged(
    request: ImageRequested, said: Said, cast: tuple[Figure, ...], props: tuple[Prop, ...], place: str
) -> Staging:
    ordered = said.first("shot")
    staged = staging(
        request.page,
        request.page_count,
        request.seed,
        request.mood,
        ordered=Shot(ordered) if ordered else None,
        figures=len(cast),
    )
    on_the_ground = [prop for prop in props if prop.zone == "ground" and not prop.is_dressing]
    return fitted(
        staged,
        place,
        cast[0].pose if cast else None,
        shows_all=len(on_the_ground) + len(cast) > 2 or any(figure.look.body == "whole" for figure in cast),
        floor=floor_of(request.width, request.height),
        is_crowd=len(cast) >= FEWEST,
    )


def _kind(text: str) -> str | None:
    found = kind_words().find(text)
    return found[-1][0] if found else None


def _lasting(character: Character) -> str:
    """A character's description where it is long enough to be known again in a text, else nothing."""
    text = character.description.strip()
    return text if len(text) >= _SHORTEST_DESCRIPTION else ""


def _without(text: str, names: Iterable[str]) -> str:
    """The text with its characters' names and looks taken out: somebody called Star makes no night, and a farmer's
    dog brings no farmer.
    """
    for name in names:
        if name.strip():
            text = re.sub(rf"(?<![a-z]){re.escape(name.strip())}(?![a-z])", " ", text, flags=re.IGNORECASE)
    return text


def _mentions(text: str, name: str) -> bool:
    return bool(name.strip()) and name.strip().lower() in text.lower()
