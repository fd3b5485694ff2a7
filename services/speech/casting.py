"""Which voice each character of a story speaks with: the same on every page, whoever tells it. Pure."""

from collections.abc import Collection, Mapping, Sequence
from random import Random

from schemas import Character, Seed


def cast(
    characters: Sequence[Character],
    voices: Collection[str],
    narrator: str,
    seed: Seed,
    chosen: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """A voice for each character, by name. ``voices`` are those that there are; with one alone, everybody has it.

    ``chosen`` names voices by a character's name, or by what they are (``{"owl": "Baldur Sanjin"}``), in any case. The
    others draw by the seed, in the order of ``characters``, each another one while there are enough. Whoever would have
    the ``narrator``'s gets one that is left over; the others keep theirs, so that a page with a narrator of its own
    changes nobody else.
    """
    wanted = {name.casefold(): voice for name, voice in (chosen or {}).items()}
    given: dict[str, str] = {}
    for character in characters:
        if voice := wanted.get(character.name.casefold()) or wanted.get(character.kind.casefold()):
            given[character.name] = voice
    others = [character.name for character in characters if character.name not in given]
    free = sorted(set(voices) - set(given.values())) or sorted(voices) or [narrator]
    drawn = Random(f"cast {seed}").sample(free, len(free))
    spare = drawn[len(others) : len(others) + 1]
    for place, name in enumerate(others):
        voice = drawn[place % len(drawn)]
        given[name] = spare[0] if spare and voice == narrator else voice
    return given
