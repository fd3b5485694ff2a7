"""From a word to a Fluent picture, by the names and tags of emojibase in English and Chinese."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas import Language
from services.image.icons import IconBook, own_drawings
from services.image.words import Phrasebook, is_chinese

_PEOPLE = 1
_THINGS = (3, 4, 5, 6, 7)
_OBJECTS = 7
_MOST_MEANINGS = 3
_NOT_DRAWN = re.compile(r"button|clock face|o’clock|:|sign$|banknote|playing card|symbol|-thirty")


_EARTHLY = frozenset({"umbrella", "closed-umbrella", "umbrella-with-rain-drops", "fire", "comet", "alarm-clock"})


@dataclass(frozen=True)
class Picture:
    """A drawing and what kind of thing it shows, in emojibase's groups."""

    icon: str
    group: int
    subgroup: int

    @property
    def is_animal(self) -> bool:
        """Mammals, birds, reptiles, sea animals and insects."""
        return self.group == 3 and 34 <= self.subgroup <= 39

    @property
    def is_insect(self) -> bool:
        """Insects, spiders and worms."""
        return self.group == 3 and self.subgroup == 39

    @property
    def is_of_the_sky(self) -> bool:
        """Weather, sun, moon and stars: a scene paints those itself."""
        return self.group == 5 and self.subgroup == 59 and self.icon not in _EARTHLY

    @property
    def is_person(self) -> bool:
        """People and fantasy people."""
        return self.group == _PEOPLE


class Lexicon:
    """The pictures behind words. Words that several unlike pictures share are left out rather than drawn wrongly."""

    def __init__(self, english: Path, chinese: Path, icons: IconBook, aliases: Mapping[str, str]) -> None:
        entries = json.loads(english.read_text(encoding="utf-8"))
        pictures = {entry["hexcode"]: picture for entry in entries if (picture := _picture(entry, icons))}
        by_icon = {picture.icon: picture for picture in pictures.values()}
        by_icon |= {name: Picture(name, _OBJECTS, 0) for name in own_drawings()}
        chosen = {name: by_icon[name] for name in own_drawings()}
        chosen |= {word: by_icon[icon] for word, icon in aliases.items() if icon in by_icon}
        named = json.loads(chinese.read_text(encoding="utf-8"))
        self._words: dict[Language, Phrasebook[Picture]] = {
            "en": Phrasebook((_index(entries, pictures) | chosen).items()),
            "zh": Phrasebook((_index(named, pictures) | chosen).items()),
        }

    def spans(self, text: str, language: Language) -> list[tuple[Picture, int, str]]:
        """Every picture that the text names: the picture, the number of its first word, the word as it is listed."""
        return self._words[language].spans(text)

    def find_in(self, text: str, language: Language) -> Picture | None:
        """The last picture that the text names; what comes before it describes it."""
        found = self.spans(text, language)
        return found[-1][0] if found else None


def _picture(entry: Mapping[str, Any], icons: IconBook) -> Picture | None:
    group = entry.get("group", -1)
    label = entry["label"].lower()
    if group not in (_PEOPLE, *_THINGS) or _NOT_DRAWN.search(label):
        return None
    slug = re.sub(r"[^a-z0-9]+", "-", label.replace("’", "")).strip("-")
    for name in (slug, f"person-{slug}"):
        if name in icons:
            return Picture(name, group, entry["subgroup"])
    return None


def _index(entries: list[dict[str, Any]], pictures: Mapping[str, Picture]) -> dict[str, Picture]:
    """Names, and where a few pictures at most share it the last word of a name (``red apple``, 红苹果)."""
    named: dict[str, Picture] = {}
    tailed: dict[str, list[Picture]] = defaultdict(list)
    for entry in entries:
        picture = pictures.get(entry["hexcode"])
        if picture is None:
            continue
        label = entry["label"].lower()
        named.setdefault(label, picture)
        if picture.is_person:
            continue
        if " " in label:
            tailed[label.rsplit(" ", 1)[1]].append(picture)
        for tag in entry.get("tags", ()):
            if is_chinese(tag) and len(tag) > 1 and label.endswith(tag):
                tailed[tag].append(picture)
    return {word: found[0] for word, found in tailed.items() if len(found) <= _MOST_MEANINGS} | named
