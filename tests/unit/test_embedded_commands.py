"""How the embedded servers are run, and the settings with which a process reaches them."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from talestream.embedded import servers
from talestream.embedded.connection import settings_environment, settings_from
from talestream.embedded.folder import StackFolder, StackSecrets
from talestream.embedded.ports import HOST, Ports
from talestream.embedded.process import describe
from talestream.settings import DEVELOPMENT_SECRET

NAMES = [*servers.SERVER_PORTS, "redis", "api", "notifier"]


@pytest.fixture
def ports() -> Iterator[Ports]:
    chosen = Ports(NAMES)
    yield chosen
    chosen.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[StackFolder]:
    made = StackFolder(tmp_path / "stack")
    made.acquire()
    yield made
    made.release()


def test_every_server_is_told_to_listen_on_the_loopback_interface_alone(ports: Ports, folder: StackFolder) -> None:
    broker = servers.broker(ports, folder, {})
    assert broker.command.count(f"tcp://{HOST}:{ports['kafka']}") == 2
    assert "--listener-url" in broker.command
    assert f"--host={HOST}" in servers.database(ports, folder, {}).command
    objects = servers.objects(ports, folder, {}, StackSecrets.new(), "tales")
    assert f"-ip.bind={HOST}" in objects.command
    redis = servers.redis(ports, folder, {})
    assert redis.command[redis.command.index("--bind") + 1] == HOST


def test_the_object_store_is_given_every_port_that_it_would_else_choose(ports: Ports, folder: StackFolder) -> None:
    command = servers.objects(ports, folder, {}, StackSecrets.new(), "tales").command
    for option in ("-s3.port", "-master.port", "-filer.port", "-volume.port", "-admin.port"):
        for name in (option, f"{option}.grpc"):
            assert sum(argument.startswith(f"{name}=") for argument in command) == 1
    assert {"-s3.port.iceberg=0", "-s3.port.lance=0", "-webdav=false"} <= set(command)


def test_the_object_store_reports_to_nobody_and_keeps_buckets_that_are_not_empty(
    ports: Ports, folder: StackFolder
) -> None:
    spec = servers.objects(ports, folder, {}, StackSecrets.new(), "tales")
    assert "-master.telemetry=false" in spec.command
    assert "-s3.allowDeleteBucketNotEmpty=false" in spec.command
    assert "GOMEMLIMIT" in spec.environment


def test_no_secret_stands_on_a_command_line_where_others_can_read_it(ports: Ports, folder: StackFolder) -> None:
    made = folder.secrets()
    specs = [
        servers.broker(ports, folder, {}),
        servers.database(ports, folder, {}),
        servers.objects(ports, folder, {}, made, "tales"),
        servers.redis(ports, folder, {}),
    ]
    for secret in (made.secret_key, made.auth_secret, made.user_password):
        assert not any(secret in argument for spec in specs for argument in spec.command)


def test_the_settings_of_a_stack_are_its_own_whatever_the_environment_says(ports: Ports, folder: StackFolder) -> None:
    environment = {
        "TALESTREAM_MODE": "production",
        "TALESTREAM_KAFKA__BOOTSTRAP": "elsewhere:9092",
        "TALESTREAM_AUTH__SECRET": "another secret of at least 32 characters",
        "TALESTREAM_LOG_LEVEL": "DEBUG",
        "TALESTREAM_KAFKA__SESSION_TIMEOUT_S": "9",
        "TALESTREAM_PROVIDERS": '{"story": "mine"}',
        "TALESTREAM_PROMPT": "[not a setting",
        "HOME": "/home/somebody",
    }
    configured = settings_from(settings_environment(folder, ports.chosen, environment))
    assert configured.mode == "embedded"
    assert configured.kafka.bootstrap == f"{HOST}:{ports['kafka']}"
    assert not configured.kafka.idempotent_producer
    assert configured.kafka.fetch_max_wait_ms == 150
    assert configured.auth.secret.get_secret_value() == folder.secrets().auth_secret
    assert configured.objects.secret_key.get_secret_value() not in {"", DEVELOPMENT_SECRET}
    assert configured.mongo.uri.get_secret_value().endswith("journal=true")
    assert configured.log_level == "DEBUG"
    assert configured.kafka.session_timeout_s == 9
    assert configured.providers == {"story": "mine"}


def test_two_choices_of_ports_never_overlap_while_neither_is_in_use() -> None:
    first, second = Ports(NAMES), Ports(NAMES)
    try:
        assert len({*first.chosen.values(), *second.chosen.values()}) == 2 * len(NAMES)
    finally:
        first.close()
        second.close()


def test_ports_stay_the_same_while_they_are_free_and_change_when_they_are_not() -> None:
    before = Ports(["api", "kafka"])
    before.close()
    with socket.create_server((HOST, before["kafka"])):
        after = Ports(["api", "kafka"], before.chosen)
        after.close()
    assert after["api"] == before["api"]
    assert after["kafka"] != before["kafka"]


def test_a_port_is_free_for_its_server_once_it_is_released(ports: Ports) -> None:
    with pytest.raises(OSError, match="in use"):
        socket.create_server((HOST, ports["api"])).close()
    ports.release("api")
    socket.create_server((HOST, ports["api"])).close()


@pytest.mark.parametrize(("code", "words"), [(-9, "killed by SIGKILL"), (3, "exit code 3")])
def test_how_a_process_ended_is_said_in_words(code: int, words: str) -> None:
    assert describe(code) == words
