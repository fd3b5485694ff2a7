"""The Faust agent on the events topic: every event goes to every replica of the notifier, as soon as it is published.

Faust may lose what it was given (docs/adr/0001), and nothing here needs it not to: the hub fills what is missing.
"""

import asyncio
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import faust
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from faust.types import StreamT

from schemas import EVENTS_TOPIC, UnitProgressed
from services.notifier.kafka_driver import PromptTransport
from services.notifier.subscription import Happening, Progress
from talestream.cloud_events import Undecodable, decode_event, envelope
from talestream.event_log import LoggedEvent
from talestream.metrics import LIVE_FEED_UP
from talestream.settings import KafkaSettings
from talestream.telemetry import logger

START_AGAIN_S = 1.0
LOOK_S = 0.2
STOP_S = 3.0
"""How long a Faust app may take to stop before it is left behind."""

_log = logger(__name__)


class LiveFeed:
    """Follows the events topic from its end on, in a consumer group of this replica's own."""

    def __init__(
        self, kafka: KafkaSettings, replica: str, receive: Callable[[Happening], None], notice: Callable[[bool], None]
    ) -> None:
        """``receive`` is given each event in turn; ``notice`` is told whenever the feed comes up or goes down."""
        self._kafka = kafka
        self._group = f"talestream-notifier-{replica}"
        self._receive = receive
        self._notice = notice
        self._is_up = False
        self._renewal = asyncio.Event()

    def renew(self) -> None:
        """Begin anew: the broker is another one, and what the consumer knows of offsets belongs to the last."""
        self._renewal.set()

    async def run(self) -> None:
        """Follow the topic until cancelled, with a new Faust app whenever one has crashed or the broker is new."""
        while True:
            self._renewal.clear()
            with tempfile.TemporaryDirectory(prefix="talestream-notifier-") as folder:
                app = self._app(Path(folder))
                try:
                    await app.start()
                    await self._watch(app)
                except (KafkaError, OSError, RuntimeError) as error:
                    _log.warning("the live feed could not start", reason=repr(error))
                finally:
                    self._set_up(False)
                    await self._stop(app)
            if not self._renewal.is_set():
                await asyncio.sleep(START_AGAIN_S)

    def _app(self, folder: Path) -> faust.App:
        app = faust.App(
            self._group,
            broker=f"kafka://{self._kafka.bootstrap.replace(',', ';')}",
            loop=asyncio.get_running_loop(),
            autodiscover=False,
            web_enabled=False,
            datadir=folder,
            store="memory://",
            table_standby_replicas=0,
            topic_disable_leader=True,
            topic_allow_declare=False,
            consumer_auto_offset_reset="latest",
            stream_wait_empty=False,
            broker_session_timeout=self._kafka.session_timeout_s,
            broker_rebalance_timeout=self._kafka.session_timeout_s,
            broker_heartbeat_interval=self._kafka.heartbeat_s,
        )
        app.transport = PromptTransport(app, self._kafka.fetch_max_wait_ms)
        topic = app.topic(EVENTS_TOPIC, key_serializer="raw", value_serializer="raw")

        @app.agent(topic, name="fan-out")
        async def fan_out(stream: StreamT[bytes]) -> None:
            async for event in stream.events():
                self._take(event.message)

        app.finalize()
        return app

    def _take(self, message: Any) -> None:
        try:
            item = decode(message)
        except Undecodable as error:
            _log.warning("an event that cannot be read is left out", offset=message.offset, reason=str(error))
        else:
            if item is not None:
                self._receive(item)

    async def _watch(self, app: faust.App) -> None:
        """Wait until the app has crashed or the broker is a new one."""
        while not app.crashed and not self._renewal.is_set():
            self._set_up(bool(app.consumer.assignment()) and not app.rebalancing)
            await asyncio.sleep(LOOK_S)
        if app.crashed:
            _log.warning("the live feed crashed and begins anew", reason=repr(app.crash_reason))

    def _set_up(self, is_up: bool) -> None:
        if is_up != self._is_up:
            self._is_up = is_up
            LIVE_FEED_UP.set(is_up)
            self._notice(is_up)

    async def _stop(self, app: faust.App) -> None:
        try:
            await asyncio.wait_for(app.stop(), STOP_S)
        except (KafkaError, OSError, RuntimeError, TimeoutError) as error:
            _log.warning("the live feed did not stop cleanly", reason=repr(error))


def decode(message: "ConsumerRecord[bytes, bytes]") -> Happening | None:
    """What a message of the topic says; None when it is nothing for clients. Raises Undecodable."""
    event, attributes = decode_event(message), envelope(message)
    time = _time_of(message)
    if isinstance(event, UnitProgressed):
        return Progress(event, time)
    if attributes.sequence is None:
        return None
    return LoggedEvent(
        id=attributes.id,
        owner=event.owner,
        sequence=attributes.sequence,
        task_id=event.task_id,
        type=attributes.type,
        time=time,
        data=event.model_dump(mode="json"),
    )


def _time_of(message: "ConsumerRecord[bytes, bytes]") -> datetime:
    """When the event happened, by its header, else when it was published."""
    for name, value in message.headers:
        if name == "ce_time":
            try:
                return datetime.fromisoformat(value.decode()).astimezone(UTC)
            except ValueError:
                break
    return datetime.fromtimestamp(message.timestamp, UTC)
