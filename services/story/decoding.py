"""What goes on between two tokens of a model that runs in this process. Imports transformers."""

from collections.abc import Callable
from typing import Any

import torch
from llguidance import LLMatcher, LLTokenizer
from transformers import LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList
from transformers.generation.streamers import TextStreamer

from talestream.errors import StageError


class Heard(TextStreamer):  # type: ignore[misc]
    """Passes on what the model says: at each token the words that it makes whole, or none."""

    def __init__(self, tokenizer: Any, hear: Callable[[str], None]) -> None:
        super().__init__(tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._hear = hear
        self._said = ""

    def put(self, value: torch.Tensor) -> None:
        """Take the question, and then the answer token by token."""
        is_question = self.next_tokens_are_prompt
        super().put(value)
        if not is_question:
            self._pass_on()

    def end(self) -> None:
        """Take the end of the answer."""
        super().end()
        if self._said:
            self._pass_on()

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        """Take words that are whole."""
        self._said += text

    def _pass_on(self) -> None:
        said, self._said = self._said, ""
        self._hear(said)


class _StopWhen(StoppingCriteria):  # type: ignore[misc]
    def __init__(self, is_over: Callable[[], bool]) -> None:
        self._is_over = is_over

    def __call__(self, input_ids: torch.Tensor, _scores: torch.Tensor, **_more: Any) -> torch.Tensor:
        return torch.full((input_ids.shape[0],), self._is_over(), dtype=torch.bool, device=input_ids.device)


def stop_when(is_over: Callable[[], bool]) -> StoppingCriteriaList:
    """End the answer behind the token after which ``is_over`` says so."""
    return StoppingCriteriaList([_StopWhen(is_over)])


class _HeldTo(LogitsProcessor):  # type: ignore[misc]
    """Asks llguidance after each token which ones may follow."""

    def __init__(self, schema: str, tokens: LLTokenizer, asked: int) -> None:
        # spaces between JSON's marks say nothing, and a small model never stops making them
        grammar = LLMatcher.grammar_from_json_schema(schema, defaults={"whitespace_flexible": False})
        self._matcher = LLMatcher(tokens, grammar)
        self._read = asked

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self._matcher.consume_tokens(input_ids[0, self._read :].tolist())
        self._read = input_ids.shape[1]
        if self._matcher.is_error():
            raise StageError("grammar-failed", f"the answer's form cannot be held to: {self._matcher.get_error()}")
        allowed = torch.frombuffer(bytearray(self._matcher.compute_logit_bias()), dtype=torch.uint8) > 0
        return scores.masked_fill(~allowed[: scores.shape[1]].to(scores.device), float("-inf"))


def held_to(schema: str, tokens: LLTokenizer, asked: int) -> LogitsProcessorList:
    """Allow only tokens that lead to an answer of this JSON Schema. ``asked``: how many tokens the question has."""
    return LogitsProcessorList([_HeldTo(schema, tokens, asked)])
