"""What a painting model is told. Pure.

The hero comes first and in the same words on every page: models read a prompt's beginning most, and CLIP, which many of
them read with, only its first 77 tokens.
"""

from schemas import Character, ImageRequested

LONGEST_LOOK = 160
"""Characters of a description that are told, so that it leaves room for what happens."""


def prompt(request: ImageRequested, style: str) -> str:
    """The words for one page, ``style`` where the order names none."""
    parts = [look(hero) for hero in request.characters[:1]]
    parts.append(request.prompt)
    shown = request.prompt.casefold()
    parts += [look(other) for other in request.characters[1:] if other.name.casefold() in shown]
    if request.place and request.place.casefold() not in shown:
        parts.append(request.place)
    parts += [f"{request.mood} mood", request.style or style]
    return ". ".join(part.strip().rstrip(".。") for part in parts if part.strip())


def portrait_prompt(request: ImageRequested, style: str) -> str | None:
    """The words for a picture of the hero alone; None where nobody is described."""
    if not request.characters:
        return None
    return ". ".join((look(request.characters[0]), "full body portrait, plain background", request.style or style))


def look(character: Character) -> str:
    """Who it is and how it looks, always in the same words."""
    who = character.name if character.kind.casefold() in character.name.casefold() else _named(character)
    return f"{who}: {_short(character.description)}" if character.description else who


def _named(character: Character) -> str:
    return f"{character.name} ({character.kind})" if character.name else character.kind


def _short(description: str) -> str:
    """The description, cut behind a word."""
    if len(description) <= LONGEST_LOOK:
        return description
    cut = description[:LONGEST_LOOK]
    return cut.rsplit(" ", 1)[0] if " " in cut else cut
