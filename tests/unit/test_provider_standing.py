"""How a stage's providers stand, of what its workers tell."""

from datetime import UTC, datetime

from services.api.provider_standing import UNKNOWN, standing_of
from talestream.provider_states import State, ToldState


def told(worker: str, provider: str, state: State, why_not: str | None = None, stage: str = "image") -> ToldState:
    return ToldState(
        stage=stage,
        provider=provider,
        state=state,
        why_not=why_not,
        worker=worker,
        expires_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_a_provider_stands_as_with_the_worker_that_is_best_off() -> None:
    [found] = standing_of(
        "image",
        ["diffusers"],
        [
            told("a", "diffusers", "unusable", "no GPU"),
            told("b", "diffusers", "ready"),
            told("c", "diffusers", "ready"),
            told("d", "diffusers", "unusable", "no speech", stage="speech"),
        ],
    )
    assert (found.state, found.workers, found.why_not) == ("ready", 2, None)


def test_one_that_no_worker_can_use_says_why_and_one_of_which_none_tells_is_unknown() -> None:
    found = standing_of("image", ["diffusers", "embedded"], [told("a", "diffusers", "unusable", "no GPU")])
    assert [(one.name, one.state, one.workers, one.why_not) for one in found] == [
        ("diffusers", "unusable", 1, "no GPU"),
        ("embedded", "unknown", 0, UNKNOWN),
    ]


def test_a_provider_that_only_a_worker_has_is_listed_too() -> None:
    found = standing_of("image", ["embedded"], [told("a", "of-theirs", "untried")])
    assert [(one.name, one.state) for one in found] == [("embedded", "unknown"), ("of-theirs", "untried")]
