"""Who can write a story."""

from typing import Protocol

from schemas import Script, StoryRequested
from services.story.model_writer import ModelWriter
from services.story.openai_chat import OpenAiChat
from services.story.writer import GrammarWriter
from talestream.needs import need
from talestream.settings import settings


class StoryWriter(Protocol):
    """Turns a prompt, or a long text, into a script."""

    name: str
    model: str | None

    def write(self, request: StoryRequested, text: str | None = None) -> Script:
        """A script of exactly ``request.page_count`` pages. Blocking; calls ``check_cancelled()`` at each step.

        ``text`` is what the request's ``source`` holds; the script then retells it. BadInput when the topic says
        nothing; UserMustAct when this writer cannot retell that text.
        """
        ...


def embedded() -> StoryWriter:
    """The writer that comes with Talestream: a story grammar, without a model."""
    return GrammarWriter()


def transformers() -> StoryWriter:
    """A language model in this process."""
    need("ml", "torch", "transformers", "llguidance", "jinja2")
    from services.story.transformers_chat import TransformersChat  # noqa: PLC0415  with the extra [ml]
    from talestream.model_manager import models  # noqa: PLC0415

    configured = settings()
    return ModelWriter(TransformersChat(configured.story_model, configured.models, models()), configured.story_model)


def openai() -> StoryWriter:
    """A language model behind a server with OpenAI's interface."""
    configured = settings()
    return ModelWriter(OpenAiChat(configured.story_model, configured.redis_url), configured.story_model)
