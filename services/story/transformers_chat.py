"""A chat model that runs in this process, by Hugging Face's transformers."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from services.story.chat import Message, Question, Reply
from talestream.cancellation import check_cancelled, is_cancelled
from talestream.errors import UserMustAct
from talestream.made_by import Parameter
from talestream.model_device import device_named, dtype_named, pytorch, weights_bytes
from talestream.model_files import commit_of, hub_arguments, local_path
from talestream.model_manager import ModelKey, Models
from talestream.model_settings import ModelSettings, StoryModelSettings

if TYPE_CHECKING:
    from llguidance import LLTokenizer

DEFAULT_MODEL = "Qwen/Qwen2.5-7B-Instruct"
GGUF = ".gguf"
CONFIG = "config.json"
LEAST_TOKENS = 64
"""What must be left of a model's context for its answer."""


@dataclass(frozen=True)
class _Loaded:
    """A model with its tokenizer, and with that one's tokens as the grammar engine knows them."""

    model: Any
    tokenizer: Any

    @cached_property
    def grammar_tokens(self) -> "LLTokenizer | None":
        """None where the tokenizer is not one of Rust's, whose tokens can be known as bytes."""
        from llguidance.hf import from_tokenizer  # noqa: PLC0415  imports transformers
        from transformers import PreTrainedTokenizerFast  # noqa: PLC0415

        if not isinstance(self.tokenizer, PreTrainedTokenizerFast):
            return None
        width = self.model.get_output_embeddings().weight.shape[0]
        return from_tokenizer(self.tokenizer, n_vocab=width, eos_token=self.ends)

    @property
    def ends(self) -> list[int]:
        """The tokens that end an answer."""
        found = self.model.generation_config.eos_token_id
        if found is None:
            found = self.tokenizer.eos_token_id
        return list(found) if isinstance(found, list | tuple) else [found]

    @property
    def context(self) -> int | None:
        """How many tokens question and answer may have together. None: no known limit."""
        found: int | None = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        return found


class TransformersChat:
    """See :class:`services.story.chat.ChatModel`. Any model with a chat template, by id or path; GGUF files too.

    The answer is held to its schema token by token (llguidance), so that even a small model answers in the right form.
    """

    name = "transformers"

    def __init__(self, settings: StoryModelSettings, shared: ModelSettings, models: Models) -> None:
        self.model = settings.model or DEFAULT_MODEL
        self._settings = settings
        self._shared = shared
        self._models = models

    @property
    def revision(self) -> str | None:
        """The commit of a model from the hub."""
        place, more = _place(self.model)
        return commit_of(place, more.get("gguf_file", CONFIG), self._shared, self._settings.revision)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """How the model is asked."""
        own, dtype = self._settings, self._key.dtype
        return {**self._sampling(), "max_tokens": own.max_tokens, "is_constrained": own.is_constrained, "dtype": dtype}

    def warm_up(self) -> None:
        """Load the weights."""
        with self._used(self._key):
            pass

    def reply(self, question: Question, hear: Callable[[str], None]) -> Reply:
        """The model's next turn. UserMustAct for a model that cannot chat, or not for this long."""
        key = self._key
        with self._used(key) as loaded, self._models.turn(key.device):
            return self._generate(loaded, question, hear)

    @property
    def _key(self) -> ModelKey:
        device = device_named(self._settings.device or self._shared.device)
        dtype = dtype_named(self._settings.dtype or self._shared.dtype, device)
        return ModelKey("story", self.model, self._settings.revision, device, dtype)

    def _used(self, key: ModelKey) -> AbstractContextManager[_Loaded]:
        expected = _file_bytes(local_path(self.model))
        return self._models.use(key, self._load, bytes_of=_bytes, expected_bytes=expected)

    def _load(self) -> _Loaded:
        from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415  seconds

        key = self._key
        place, more = _place(self.model)
        if (path := local_path(self.model)) is not None and not path.exists():
            raise FileNotFoundError(f"there is no {path}")
        more |= hub_arguments(self._shared, self._settings.revision)
        tokenizer = AutoTokenizer.from_pretrained(place, **more)
        if tokenizer.chat_template is None:
            raise UserMustAct(
                "model-unsuitable",
                f"the model {self.model!r} has no chat template: it was not made to follow instructions",
                "choose an instruct or chat model by TALESTREAM_STORY_MODEL__MODEL",
            )
        model = AutoModelForCausalLM.from_pretrained(place, dtype=getattr(pytorch(), key.dtype), **more)
        return _Loaded(model.to(key.device).eval(), tokenizer)

    def _generate(self, loaded: _Loaded, question: Question, hear: Callable[[str], None]) -> Reply:
        from services.story.decoding import Heard, held_to, stop_when  # noqa: PLC0415  imports transformers

        asked = _encoded(loaded.tokenizer, question.messages).to(loaded.model.device)
        length = asked["input_ids"].shape[1]
        limit = self._limit(loaded, length)
        streamer = Heard(loaded.tokenizer, hear)
        tokens = loaded.grammar_tokens if self._settings.is_constrained else None
        with pytorch().random.fork_rng(), pytorch().inference_mode():
            pytorch().manual_seed(question.seed)
            said = loaded.model.generate(
                **asked,
                max_new_tokens=limit,
                streamer=streamer,
                stopping_criteria=stop_when(is_cancelled),
                logits_processor=held_to(json.dumps(question.schema), tokens, length) if tokens else None,
                eos_token_id=loaded.ends,
                pad_token_id=loaded.ends[0],
                **self._sampling(),
            )[0, length:].tolist()
        check_cancelled()
        text = loaded.tokenizer.decode(said, skip_special_tokens=True)
        return Reply(text, is_cut=len(said) >= limit and said[-1] not in loaded.ends)

    def _sampling(self) -> dict[str, Any]:
        if self._settings.temperature == 0:
            return {"do_sample": False}
        return {"do_sample": True, "temperature": self._settings.temperature, "top_p": self._settings.top_p}

    def _limit(self, loaded: _Loaded, asked: int) -> int:
        """How many tokens the answer may have."""
        if loaded.context is None:
            return self._settings.max_tokens
        left = loaded.context - asked
        if left < LEAST_TOKENS:
            raise UserMustAct(
                "context-too-small",
                f"the question has {asked} tokens, and {self.model!r} takes {loaded.context} with the answer",
                "choose a model with a longer context, or set TALESTREAM_STORY_MODEL__TEXT_CHARACTERS lower",
            )
        return min(left, self._settings.max_tokens)


def _place(name: str) -> tuple[str, dict[str, Any]]:
    """Where ``from_pretrained`` finds the model, and the GGUF file in there: ``folder/x.gguf``, ``org/name/x.gguf``."""
    path = local_path(name)
    if not name.endswith(GGUF):
        return str(path or name), {}
    inside = PurePosixPath(path or name)
    return str(inside.parent), {"gguf_file": inside.name}


def _encoded(tokenizer: Any, messages: tuple[Message, ...]) -> Any:
    """The conversation by the model's chat template; where that knows no system, its words begin the user's."""
    talk = [{"role": one.role, "content": one.content} for one in messages]
    # a reasoning model is asked not to; other templates do not look at it
    how = {"add_generation_prompt": True, "return_tensors": "pt", "return_dict": True, "enable_thinking": False}
    try:
        return tokenizer.apply_chat_template(talk, **how)
    except TemplateError:
        system, first, *rest = talk
        joined = {"role": "user", "content": f"{system['content']}\n\n{first['content']}"}
        return tokenizer.apply_chat_template([joined, *rest], **how)


def _bytes(loaded: _Loaded) -> int:
    return weights_bytes(loaded.model)


def _file_bytes(path: Path | None) -> int:
    """How large the files of the weights are; 0 where that is not known before they are loaded."""
    if path is None or not path.exists():
        return 0
    files = [path] if path.is_file() else [*path.glob("*.safetensors")]
    return sum(file.stat().st_size for file in files)
