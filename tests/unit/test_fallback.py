"""A unit's providers, in turn: who is asked next, who is not, and what is said of it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from schemas import Page, ProviderJob, Record, Script, Story, StoryRequested
from talestream.errors import BadInput, ProviderUnavailable, StageError, UserMustAct
from talestream.fallback import in_turn
from talestream.model_errors import OutOfMemory
from talestream.paid_job import PaidJob
from talestream.providers import Providers
from talestream.stage import StageContext, stage
from tests.folder_store import FolderStore

REQUEST = StoryRequested(task_id=1, topic="a fox")
FOR_GOOD = StageError("model-output-invalid", "it tells nothing")
WANTED = ProviderJob(provider="runway", id="j", key=PaidJob(REQUEST).key, submitted_at="2026-01-01T00:00:00Z")


@stage("story", consumes=StoryRequested)
async def tell(request: StoryRequested, ctx: StageContext) -> Story:
    """Store two files, the second by what the provider does."""
    teller: Teller = ctx.provider(Teller)
    await ctx.put("begun.txt", teller.name.encode(), role="script", provider=teller.name)
    await ctx.put("told.txt", teller.tell(ctx).encode(), role="script", provider=teller.name)
    return Story(script=Script(title=teller.name, language="en", pages=(Page(story="s", image_prompt="p"),)))


@dataclass
class Teller:
    """A provider that does what it is told to."""

    name: str
    does: Callable[[StageContext], object] = lambda ctx: ctx.progress(0.5, "telling")
    degraded: str | None = None
    services: tuple[str, ...] = ()

    def tell(self, ctx: StageContext) -> str:
        self.does(ctx)
        return self.name


@dataclass
class Desk:
    """A source of these tellers, in turn, and what came of asking them."""

    tellers: Mapping[str, Teller]
    folder: Path
    asked: list[str] = field(default_factory=list)
    told: list[tuple[float, str]] = field(default_factory=list)
    job: PaidJob | None = None

    def get(self, stage: str, name: str | None) -> Any:
        assert name is not None
        self.asked.append(name)
        if name not in self.tellers:
            raise ProviderUnavailable(f"there is no {name}")
        return self.tellers[name]

    def context(self) -> StageContext:
        ctx = StageContext(REQUEST, FolderStore(self.folder), self, self.folder, paid_job=self.job)
        ctx.on_progress = lambda fraction, note: self.told.append((fraction, note))
        return ctx


def raising(error: Exception) -> Callable[[StageContext], object]:
    def fail(_ctx: StageContext) -> object:
        raise error

    return fail


def desk(folder: Path, *tellers: Teller, job: PaidJob | None = None) -> Desk:
    return Desk({one.name: one for one in tellers}, folder, job=job)


async def made(at: Desk, *chain: str) -> tuple[Record, StageContext]:
    context = at.context()
    return await in_turn(tell, context, chain), context


@pytest.mark.parametrize(
    "error", [FOR_GOOD, OutOfMemory("too large"), UserMustAct("model-missing", "no weights", "bring them")]
)
async def test_where_one_cannot_do_it_the_next_does_all_of_it_and_says_so(tmp_path: Path, error: StageError) -> None:
    at = desk(tmp_path, Teller("real", raising(error)), Teller("simple"))
    story, context = await made(at, "real", "simple")
    assert isinstance(story, Story)
    assert story.script.title == "simple"
    label = f"made by simple, because real could not: {error.code}"
    assert [(one.provider, one.instead_of, one.degraded) for one in context.artifacts] == [
        ("simple", "real", label)
    ] * 2
    assert await context.get(context.artifacts[0].uri) == b"simple"
    assert at.told == [(0.0, "simple instead of real"), (0.5, "simple instead of real: telling")]


async def test_one_that_cannot_be_had_is_passed_over_and_so_is_the_next(tmp_path: Path) -> None:
    at = desk(tmp_path, Teller("second", raising(FOR_GOOD)), Teller("third", degraded="simulated"))
    _, context = await made(at, "first", "second", "third")
    whys = "first could not: provider-unavailable; second could not: model-output-invalid"
    label = f"made by third, because {whys}; simulated"
    assert {(one.instead_of, one.degraded) for one in context.artifacts} == {("first", label)}


async def test_the_first_that_can_do_it_is_labelled_as_nothing(tmp_path: Path) -> None:
    at = desk(tmp_path, Teller("real"), Teller("simple"))
    _, context = await made(at, "real", "simple")
    assert [(one.provider, one.instead_of, one.degraded) for one in context.artifacts] == [("real", None, None)] * 2
    assert (at.asked, at.told) == (["real"], [(0.5, "telling")])


@pytest.mark.parametrize(
    "error",
    [
        BadInput("the topic says nothing"),
        StageError("content-refused", "this is not told"),
        StageError("missing-object", "there is no text"),
        StageError("service-busy", "too many calls", retryable=True),
        asyncio.CancelledError(),
        ValueError("nobody foresaw this"),
    ],
)
async def test_what_lies_in_the_order_or_passes_by_itself_or_stops_the_attempt_falls_back_on_nobody(
    tmp_path: Path, error: Exception
) -> None:
    at = desk(tmp_path, Teller("real", raising(error)), Teller("simple"))
    with pytest.raises(type(error)) as raised:
        await made(at, "real", "simple")
    assert raised.value is error
    assert at.asked == ["real"]


async def test_an_attempt_that_was_stopped_meanwhile_falls_back_on_nobody(tmp_path: Path) -> None:
    def stop(ctx: StageContext) -> None:
        ctx.cancelled.set()
        raise FOR_GOOD

    at = desk(tmp_path, Teller("real", stop), Teller("simple"))
    with pytest.raises(StageError):
        await made(at, "real", "simple")
    assert at.asked == ["real"]


async def test_when_nobody_can_the_error_is_the_firsts_or_the_one_after_which_a_retry_may_help(tmp_path: Path) -> None:
    last = StageError("grammar-failed", "no grammar")
    with pytest.raises(StageError) as raised:
        await made(desk(tmp_path, Teller("real", raising(FOR_GOOD)), Teller("simple", raising(last))), "real", "simple")
    assert raised.value is FOR_GOOD
    full = OutOfMemory("too large")
    with pytest.raises(OutOfMemory) as raised:
        await made(desk(tmp_path, Teller("real", raising(FOR_GOOD)), Teller("simple", raising(full))), "real", "simple")
    assert raised.value is full


async def test_a_job_that_is_paid_for_is_not_left_for_another_provider(tmp_path: Path) -> None:
    real = Teller("real", raising(FOR_GOOD), services=("runway",))
    at = desk(tmp_path, real, Teller("simple"), job=PaidJob(REQUEST, stored=WANTED))
    with pytest.raises(StageError):
        await made(at, "real", "simple")


async def test_whoever_takes_over_goes_to_the_provider_that_has_the_job(tmp_path: Path) -> None:
    cloud = Teller("cloud", services=("runway", "pika"))
    at = desk(tmp_path, Teller("real"), cloud, job=PaidJob(REQUEST, stored=WANTED))
    _, context = await made(at, "real", "cloud")
    label = "made by cloud, because real could not, in an earlier attempt"
    assert {(one.instead_of, one.degraded) for one in context.artifacts} == {("real", label)}
    assert "runway" not in at.asked


def test_a_chain_is_configured_as_a_list_and_an_order_that_names_one_means_nobody_else() -> None:
    chosen = Providers({"image": "diffusers, embedded", "*": "simulated"})
    assert chosen.chain("image") == ("diffusers", "embedded")
    assert chosen.default("image") == "diffusers"
    assert chosen.chain("image", "diffusers") == ("diffusers",)
    assert chosen.chain("image", "diffusers,embedded") == ("diffusers", "embedded")
    assert chosen.chain("image", "embedded,diffusers") == ("embedded,diffusers",)
    assert chosen.chain("story") == ("simulated",)
    assert Providers().chain("story") == ("embedded",)
