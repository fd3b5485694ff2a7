"""What is known of the questions that children ask most. Others are told as questions that stay open."""

import re
from collections.abc import Mapping
from functools import cache

from pydantic import Field

from schemas import AgeGroup, Language, Record
from services.story.lexicon import table


class Answer(Record):
    """A question that the writer knows the answer to."""

    en: str = Field(description="A pattern of the question in English, in lower case")
    zh: str = Field(description="A pattern of the question in Chinese")
    thing: Mapping[Language, str] = Field(description="What a picture shows of it")
    said: Mapping[Language, str]
    small: Mapping[Language, str] = Field(description="The same for the youngest")

    def words(self, language: Language, age: AgeGroup | None) -> str:
        """The answer as somebody says it."""
        return (self.small if age is AgeGroup.SMALL else self.said)[language]


def answer_to(question: str, language: Language) -> Answer | None:
    """The answer to a question in this language; None where it is not known."""
    asked = question.lower()
    return next((one for one in _answers() if re.search(one.en if language == "en" else one.zh, asked)), None)


@cache
def _answers() -> tuple[Answer, ...]:
    return tuple(Answer.model_validate(entry) for entry in table("answers.toml")["answer"])
