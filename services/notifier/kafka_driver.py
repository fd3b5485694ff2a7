"""Faust's Kafka transport with a fetch wait of our own.

Faust 0.15 asks the broker to hold each fetch for up to 1.5 s, fixed in its source, and relies on being woken when a
message comes. A broker that does not wake a waiting fetch, as the embedded one, would make every event that late.
"""

import logging
from typing import cast

from aiokafka import AIOKafkaConsumer
from faust.transport.drivers import aiokafka as driver
from faust.types import AppT

logging.getLogger(__name__).setLevel(logging.WARNING)  # the classes below report by it as Faust's own do by "faust"


class PromptTransport(driver.Transport):
    """The aiokafka transport, each fetch of which waits for ``fetch_max_wait_ms`` at most."""

    def __init__(self, app: AppT, fetch_max_wait_ms: int) -> None:
        super().__init__(app.conf.broker_consumer, app)
        self.fetch_max_wait_ms = fetch_max_wait_ms


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        if not hasattr(consumer, "_fetch_max_wait_ms"):
            raise TypeError("this version of aiokafka keeps its fetch wait elsewhere")
        consumer._fetch_max_wait_ms = cast(PromptTransport, transport).fetch_max_wait_ms
        return consumer


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)


PromptTransport.Consumer = _Consumer
