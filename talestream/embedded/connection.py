"""How a process reaches an embedded stack: the settings that follow from its folder."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from talestream.assets import assets_folder
from talestream.embedded.errors import StackError
from talestream.embedded.folder import StackFolder
from talestream.embedded.ports import HOST
from talestream.settings import Settings, provider_choice

BUCKET = "talestream"
FIXED = {
    "TALESTREAM_MODE": "embedded",
    "TALESTREAM_KAFKA__IDEMPOTENT_PRODUCER": "false",
    "TALESTREAM_AUTH__SECURE_COOKIE": "false",
    "TALESTREAM_OBJECTS__SECURE": "false",
    "TALESTREAM_OBJECTS__BUCKET": BUCKET,
    "TALESTREAM_API__HOST": HOST,
    "TALESTREAM_NOTIFIER__HOST": HOST,
    "TALESTREAM_WORKER__HEALTH_HOST": HOST,
}
"""What holds on one machine, whatever the environment says."""
FETCH_WAIT = "TALESTREAM_KAFKA__FETCH_MAX_WAIT_MS"
DEFAULTS = {
    "TALESTREAM_KAFKA__SESSION_TIMEOUT_S": "6",
    "TALESTREAM_KAFKA__HEARTBEAT_S": "1",
    FETCH_WAIT: "150",
    "TALESTREAM_API__DRAIN_S": "5",
    "TALESTREAM_WORKER__DRAIN_S": "3",
    "TALESTREAM_WORKER__NICENESS": "10",
    "TALESTREAM_ADMISSION__RUNNING_TASKS": "2",
    "TALESTREAM_QUOTAS__TASKS_AT_ONCE": "5000",
    "TALESTREAM_QUOTAS__REQUESTS_PER_MINUTE": "60000",
}
"""What holds unless the environment says otherwise. On the embedded broker joining a group takes half a session. A
waiting fetch is not woken by a message: for orders there are doorbells, for all else its wait is the latency. Workers
give way to API and database, but not to everything: at niceness 19 whatever else the machine does keeps them from their
heartbeats."""
NOTIFIER_FETCH_WAIT_MS = "40"
"""People watch what the notifier reads."""


def settings_environment(
    folder: StackFolder, ports: Mapping[str, int], environment: Mapping[str, str]
) -> dict[str, str]:
    """The settings as environment variables. Addresses and secrets are the stack's, the rest is the environment's."""
    made = folder.secrets()
    return {
        **DEFAULTS,
        "TALESTREAM_SIMULATION__LEDGER": str(folder.ledger),
        **{name: value for name, value in environment.items() if _is_setting(name)},
        **FIXED,
        "TALESTREAM_KAFKA__BOOTSTRAP": f"{HOST}:{ports['kafka']}",
        "TALESTREAM_KAFKA__DOORBELLS": str(folder.doorbells),
        "TALESTREAM_MONGO__URI": f"mongodb://{HOST}:{ports['mongo']}/?journal=true",
        "TALESTREAM_OBJECTS__ENDPOINT": f"{HOST}:{ports['objects-s3']}",
        "TALESTREAM_OBJECTS__ACCESS_KEY": made.access_key,
        "TALESTREAM_OBJECTS__SECRET_KEY": made.secret_key,
        "TALESTREAM_AUTH__SECRET": made.auth_secret,
        "TALESTREAM_API__PORT": str(ports["api"]),
        "TALESTREAM_API__NOTIFIER_URL": f"http://{HOST}:{ports['notifier']}",
        "TALESTREAM_NOTIFIER__PORT": str(ports["notifier"]),
        "TALESTREAM_WORKER__WORKDIR": str(folder.work),
        "TALESTREAM_ASSETS": str(assets_folder()),
        **({"TALESTREAM_REDIS_URL": f"redis://{HOST}:{ports['redis']}/0"} if "redis" in ports else {}),
    }


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables that are not this process's own, as pydantic-settings reads them."""
    found: dict[str, Any] = {}
    for name, value in sorted(environment.items()):  # a group's own value comes before those of its parts
        *parents, leaf = name.removeprefix("TALESTREAM_").lower().split("__")
        place = found
        for parent in parents:
            place = place.setdefault(parent, {})
        if not parents and leaf == "providers":
            place[leaf] = provider_choice(value)
        else:
            place[leaf] = json.loads(value) if value.startswith(("{", "[")) else value
    return Settings(**found)


def settings_of_running(path: Path) -> Settings:
    """The settings that reach the stack that another process runs in the folder. StackError when none does."""
    folder = StackFolder(path)
    state = folder.state()
    if not folder.is_locked or not state.ports:
        raise StackError(
            f"no stack runs in {folder.path}", "start one with 'talestream up', or name its folder with --dir"
        )
    return settings_from(settings_environment(folder, state.ports, os.environ))


def _is_setting(name: str) -> bool:
    prefix, _, path = name.partition("_")
    return prefix == "TALESTREAM" and path.lower().split("__")[0] in Settings.model_fields
