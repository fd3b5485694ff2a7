"""Asking a language model for an answer in a given form: strictly read, else repaired, else asked for again."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

import json_repair
from pydantic import BaseModel, ValidationError

from services.story.chat import ChatModel, Message, Question, Reply
from talestream.cancellation import check_cancelled
from talestream.errors import StageError

T = TypeVar("T", bound=BaseModel)

QUOTED_BACK = 6000
"""Characters of a refused answer that the model is shown again."""
SHOWN = 500
"""Characters of it that its error shows."""
COMPLAINTS = 5
"""How many faults of an answer it is told at once."""
SEEDS = 2**32
_THOUGHTS = re.compile(r"^.*</think>", re.DOTALL)
"""What a reasoning model says to itself before it answers."""


class NotAsAsked(StageError):
    """The model has not answered in the form that was asked for, however often it was asked."""

    def __init__(self, model: str, attempts: int, reason: str, raw: str) -> None:
        super().__init__(
            "model-output-invalid",
            f"{model} was asked {attempts} times and gave no answer of the form that a script needs: {reason}",
        )
        self.raw = raw
        """Its last answer, as it was."""

    def kept_at(self, uri: str) -> StageError:
        """The same error, saying where the answer can be read, and how it begins."""
        begun = self.raw[:SHOWN]
        return StageError(self.code, f"{self.message}. Its last answer is kept as {uri} and begins: {begun}")


class Asker:
    """Asks one model, at most ``attempts`` times for each answer."""

    def __init__(self, model: ChatModel, attempts: int) -> None:
        self.model = model
        self._attempts = attempts

    def ask(
        self,
        messages: Sequence[Message],
        form: type[T],
        *,
        seed: int,
        again: Callable[[str], str],
        listen: Callable[[], Callable[[str], None]],
        check: Callable[[T], None] = lambda _answer: None,
    ) -> T:
        """The model's answer as ``form``.

        ``check`` raises ValueError for an answer that has the form and will not do all the same. ``again`` turns what
        was wrong into the words in which the model is asked once more. ``listen`` gives a listener for each attempt.
        NotAsAsked after the last one.
        """
        talk = tuple(messages)
        schema = form.model_json_schema()
        for attempt in range(1, self._attempts + 1):
            reply = self.model.reply(Question(talk, schema, (seed + attempt - 1) % SEEDS), listen())
            check_cancelled()
            try:
                answer = understood(form, reply)
                check(answer)
            except ValueError as error:
                fault = _fault(error)
                talk = (*messages, Message("assistant", reply.text[:QUOTED_BACK]), Message("user", again(fault)))
            else:
                return answer
        raise NotAsAsked(self.model.model, self._attempts, fault, reply.text)


def understood(form: type[T], reply: Reply) -> T:
    """The reply as ``form``: the JSON as it is, or with its syntax put right. ValueError says what is wrong with it.

    An answer that was cut off is not repaired: what it lacks is not syntax.
    """
    text = _THOUGHTS.sub("", reply.text).strip()
    try:
        return form.model_validate_json(text)
    except ValidationError as error:
        if reply.is_cut:
            raise ValueError("the answer was cut off before its end, because it is too long") from error
        if all(fault["type"] != "json_invalid" for fault in error.errors()):
            raise
    return form.model_validate(json_repair.loads(text))


def _fault(error: ValueError) -> str:
    """What is wrong, in a line."""
    if not isinstance(error, ValidationError):
        return str(error)
    faults = [f"{'.'.join(map(str, one['loc'])) or 'answer'}: {one['msg']}" for one in error.errors()]
    more = len(faults) - COMPLAINTS
    return "; ".join(faults[:COMPLAINTS]) + (f"; and {more} more" if more > 0 else "")
