"""The same chain as a Celery application: five tasks in a row that write what the runner's stages write.

Each marks its stage running and then completed in one document of the same database, with the same write concern, and
acknowledges its message only after that (``acks_late``, one message a slot), which is what comes nearest to the
runner's guarantee. There is no fencing, no event log, and no outbox: what dies between the database and Redis is lost.
With ``BENCH_LOG_EVENTS`` set, each task also logs as many events as one of the runner's stages does.
"""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from celery import Celery, chain
from celery.canvas import Signature
from pymongo import MongoClient
from pymongo.collection import Collection

from bench.chain_stages import LINKS

EVENTS = ("UnitStarted", "UnitCompleted", "StageCompleted", "StageStarted")

app = Celery("chain", broker=os.environ.get("TALESTREAM_REDIS_URL"))
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_serializer="json",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 3600},
)


@cache
def documents() -> "Collection[dict[str, Any]]":
    """The documents of the chain, in this process's own connection."""
    client: MongoClient[dict[str, Any]] = MongoClient(os.environ["TALESTREAM_MONGO__URI"])
    return client["celery"]["tasks"]


@app.task(name="link")
def link(task_id: int, name: str) -> None:
    """One stage: running, completed. The last one also ends the task."""
    documents().update_one({"_id": task_id}, {"$set": {f"stages.{name}": "running", "updated_at": datetime.now(UTC)}})
    now = datetime.now(UTC)
    done: dict[str, Any] = {f"stages.{name}": "completed", "updated_at": now}
    if name == LINKS[-1]:
        done |= {"state": "completed", "finished_at": now}
    documents().update_one({"_id": task_id}, {"$set": done})
    if os.environ.get("BENCH_LOG_EVENTS"):
        told = [{"task_id": task_id, "stage": name, "type": kind, "time": now, "data": "x" * 200} for kind in EVENTS]
        documents().database["events"].insert_many(told)


def order(task_id: int) -> None:
    """Store the task and start its chain."""
    documents().insert_one({"_id": task_id, "state": "running", "created_at": datetime.now(UTC)})
    steps: list[Signature[None]] = [link.si(task_id, name) for name in LINKS]
    chain(*steps).apply_async()
