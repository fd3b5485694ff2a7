"""``talestream models`` tells who can work here, why not, and what that takes, each tried in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

NOBODY = "http://127.0.0.1:9"
IMPATIENT = {"TALESTREAM_CLOUD_VIDEO__CALLS": "1"}


def _models(*arguments: str, **environment: str) -> tuple[int, str]:
    """The exit code and what the command wrote, in JSON its answer alone; without any secret in its environment."""
    program = "from talestream.cli import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", program, "models", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "COLUMNS": "200", "PYTHONPATH": str(Path.cwd()), **environment},
    )
    return run.returncode, run.stdout if "--json" in arguments else run.stdout + run.stderr


def _by_provider(said: str) -> dict[str, dict[str, Any]]:
    return {f"{one['stage']}/{one['provider']}": one for one in json.loads(said)}


def test_every_provider_of_every_stage_is_listed_and_the_configured_one_is_told() -> None:
    code, said = _models("list", "--json", TALESTREAM_PROVIDERS='{"music": "simulated"}')
    found = _by_provider(said)
    assert code == 0
    assert {"story/embedded", "image/simulated", "speech/embedded", "music/simulated"} <= set(found)
    assert (found["music/simulated"]["is_default"], found["music/embedded"]["is_default"]) == (True, False)
    assert found["story/embedded"]["is_default"]


def test_a_check_tells_who_cannot_run_and_what_to_do_and_what_the_others_take(tmp_path: Path) -> None:
    code, said = _models("check", "--stage", "image", "--json", TALESTREAM_ASSETS=str(tmp_path))
    found = _by_provider(said)
    assert code == 0
    assert not found["image/embedded"]["is_usable"]
    assert "talestream setup" in found["image/embedded"]["why_not"]
    simulated = found["image/simulated"]
    assert (simulated["is_usable"], simulated["made"]) == (True, "picture of 2 KiB")
    assert simulated["peak_mb"] > 1
    assert simulated["probe_s"] >= 0


def test_one_provider_of_each_stage_can_be_tried_out_and_makes_what_the_stage_makes() -> None:
    code, said = _models("check", "--provider", "simulated", "--json")
    found = _by_provider(said)
    assert code == 0
    made = {
        name.partition("/")[0]: [part.split()[0] for part in one["made"].split(", ")] for name, one in found.items()
    }
    assert made == {
        "animation": ["animation"],
        "image": ["picture"],
        "music": ["music"],
        "speech": ["narration", "words"],
        "split": ["script"],
        "story": ["script"],
        "video": ["film", "captions", "captions"],
    }


def test_a_service_that_wants_money_is_given_no_order_unless_that_is_asked_for() -> None:
    keys = {"TALESTREAM_CLOUD_VIDEO__RUNWAY__API_KEY": "k", "TALESTREAM_CLOUD_VIDEO__RUNWAY__BASE_URL": NOBODY}
    _, said = _models("check", "--provider", "runway", "--json", **keys)
    [found] = _by_provider(said).values()
    assert (found["is_usable"], found["probe_s"]) == (True, None)
    assert "--paid" in found["made"]
    _, said = _models("check", "--provider", "runway", "--paid", "--json", **keys, **IMPATIENT)
    [found] = _by_provider(said).values()
    assert not found["is_usable"]
    assert "runway" in found["why_not"]


def test_a_check_of_nobody_is_refused() -> None:
    code, said = _models("check", "--provider", "nobody")
    assert (code, "talestream models list" in said) == (2, True)


def test_a_provider_that_cannot_be_warmed_fails_the_command_with_the_reason(tmp_path: Path) -> None:
    code, said = _models("warm", "--stage", "image", TALESTREAM_ASSETS=str(tmp_path))
    assert code == 1
    assert "talestream setup" in said
    code, said = _models("warm", "--stage", "image", "--provider", "simulated")
    assert (code, "ready after" in said) == (0, True)


def test_a_provider_that_is_not_installed_is_not_warmed() -> None:
    code, said = _models("warm", "--stage", "music", "--provider", "nobody")
    assert code == 1
    assert "nobody" in said
