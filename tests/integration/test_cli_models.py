"""``talestream models`` tells who can work here, why not, and what that takes, each tried in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


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
    assert found["image/simulated"]["is_usable"]
    assert found["image/simulated"]["peak_mb"] > 1


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
