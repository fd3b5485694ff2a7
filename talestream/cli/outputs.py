"""What to make of a film beside its MP4, as it is written on the command line: ``webm mp4-9:16-1080p jpeg``."""

import re

from pydantic import ValidationError

from schemas import Aspect, Output, OutputFormat, Resolution
from talestream.embedded.errors import StackError


def outputs_of(text: str) -> list[Output]:
    """The outputs, written behind each other: a format and, joined by hyphens, an aspect and a resolution if not the
    film's. StackError says what is wrong.
    """
    return [_output(word) for word in re.split(r"[\s,]+", text.strip()) if word]


def outputs_help() -> str:
    """What may be written."""
    return f"{_words(OutputFormat)}; of another shape or size: mp4-9:16-1080p ({_words(Aspect)}; {_words(Resolution)})"


def _output(word: str) -> Output:
    form, *more = word.lower().split("-")
    said = {"format": form}
    for part in more:
        said["aspect" if ":" in part else "resolution"] = part
    try:
        return Output.model_validate(said)
    except ValidationError as error:
        raise StackError(
            f"{word} is no output: {error.errors()[0]['msg']}", f"give some of {outputs_help()}"
        ) from error


def _words(kind: type[OutputFormat] | type[Aspect] | type[Resolution]) -> str:
    return ", ".join(member.value for member in kind)
