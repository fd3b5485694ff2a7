"""A worker and its providers: what it does when one cannot work, and what it says of that."""

import signal
from pathlib import Path

from schemas import StageSpec, TaskInput, TaskState, Workflow
from talestream import rules
from talestream.embedded.stack import Stack
from talestream.provider_states import ProviderStates
from talestream.runtime import Runtime
from talestream.settings import Settings
from tests.own_worker import own_worker
from tests.runner_bench import ended, ordered, until

FAILING = {"TALESTREAM_SIMULATION__FAILURE_RATE": "1", "TALESTREAM_SIMULATION__FAILS_FOR_GOOD": "true"}
CHOOSING = Workflow(name="story-only", stages=(StageSpec(name="story", segment=1, attempts=2, timeout_s=60),))


async def test_what_the_first_provider_cannot_do_the_next_does_in_the_same_attempt_and_everybody_is_told(
    own_database: Settings, embedded_servers: Stack, tmp_path: Path
) -> None:
    chain = {
        "TALESTREAM_PROVIDERS__STORY": "openai,simulated,embedded",
        "TALESTREAM_SIMULATION__LEDGER": str(tmp_path / "l"),
    }
    async with (
        Runtime.open("test", own_database) as runtime,
        own_worker("services.story", embedded_servers, own_database, tmp_path, {**chain, **FAILING}) as worker,
    ):
        answer = await worker.shows(True, is_ready=True)
        assert answer["remarks"]["provider"].startswith(
            "simulated works instead of openai: openai: no OpenAI-compatible"
        )
        task = await ended(runtime, await ordered(runtime, "a fox on the moon", CHOOSING), TaskState.COMPLETED)
        unit = task.stages["story"].units["whole"]
        [script] = unit.artifacts
        label = (
            "made by embedded, because openai could not: provider-unavailable; simulated could not: simulated-failure"
        )
        assert (unit.attempt, unit.failures, unit.job) == (1, 0, None)
        assert (script.provider, script.instead_of, script.degraded) == ("embedded", "openai", label)

        async def told() -> list[dict[str, object]]:
            events = await runtime.events.after("user:1", 0, 1000)
            return [dict(event.data) for event in events if event.type == "UnitCompleted"]

        [completed] = await until(told)
        assert completed["artifacts"] == [script.model_dump(mode="json")]
        metrics = (await worker.http.get("/metrics")).text
        assert 'talestream_fallbacks_total{code="simulated-failure",provider="simulated",stage="story"} 1.0' in metrics


async def test_a_provider_that_an_order_names_is_replaced_by_nobody(
    own_database: Settings, embedded_servers: Stack, tmp_path: Path
) -> None:
    chain = {
        "TALESTREAM_PROVIDERS__STORY": "simulated,embedded",
        "TALESTREAM_SIMULATION__LEDGER": str(tmp_path / "l"),
    }
    async with (
        Runtime.open("test", own_database) as runtime,
        own_worker("services.story", embedded_servers, own_database, tmp_path, {**chain, **FAILING}),
    ):
        now = runtime.clock.now
        named = TaskInput(topic="a fox", providers={"story": "simulated"})
        await runtime.tasks.insert(rules.create(7, "user:1", CHOOSING, named, now()))
        await runtime.tasks.change(7, lambda task: rules.order(task, ["story"], "x", now()))
        task = await ended(runtime, 7, TaskState.FAILED)
        problem = task.stages["story"].units["whole"].problem
        assert problem is not None
        assert problem.code == "simulated-failure"


async def test_a_worker_whose_provider_cannot_be_loaded_is_not_ready_and_says_why(
    own_database: Settings, embedded_servers: Stack, tmp_path: Path
) -> None:
    chosen = {"TALESTREAM_PROVIDERS__STORY": "openai"}
    async with own_worker("services.story", embedded_servers, own_database, tmp_path, chosen) as worker:
        why = "not ready for orders: openai: no OpenAI-compatible server is configured"
        answer = await worker.shows(why, is_ready=False)
        assert answer["status"] == "not ready"
        warned = [line for line in worker.logged() if line["event"] == "a provider is not ready for orders"]
        assert [(line["provider"], "exception" in line) for line in warned] == [("openai", False)]
        assert "TALESTREAM_STORY_MODEL__OPENAI__BASE_URL" in warned[0]["remedy"]


async def test_a_worker_tells_the_database_how_its_providers_stand_until_it_leaves(
    own_database: Settings, embedded_servers: Stack, tmp_path: Path
) -> None:
    async with (
        Runtime.open("test", own_database) as runtime,
        own_worker("services.story", embedded_servers, own_database, tmp_path, {}) as worker,
    ):
        states = ProviderStates(runtime.database, runtime.clock)

        async def told() -> dict[str, str] | None:
            found = {one.provider: one.state for one in await states.all() if one.stage == "story"}
            is_whole = {"embedded", "openai", "simulated"} <= set(found) and found["embedded"] != "loading"
            return found if is_whole else None

        found = await until(told)
        assert (found["embedded"], found["openai"], found["simulated"]) == ("ready", "unusable", "untried")
        worker.process.send_signal(signal.SIGTERM)
        assert await worker.process.wait() == 0
        assert await states.all() == ()


async def test_a_stage_for_which_nobody_is_configured_starts_calmly_and_says_what_to_configure(
    own_database: Settings, embedded_servers: Stack, tmp_path: Path
) -> None:
    async with own_worker("services.animation", embedded_servers, own_database, tmp_path, {}) as worker:
        answer = await worker.shows(True, is_ready=True)
        assert answer["remarks"] == {"provider": "no provider is configured for this stage"}
        warned = [line for line in worker.logged() if line["level"] in {"warning", "error", "critical"}]
        assert [(line["level"], line["event"]) for line in warned] == [
            ("warning", "no provider is configured for this stage")
        ]
        assert warned[0]["remedy"].startswith("set TALESTREAM_PROVIDERS__ANIMATION to one of: cloud, diffusers")
