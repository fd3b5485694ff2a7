"""What is done to the system, in which order and when: all of it follows from a seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What can be done to a running system."""

    POINT = "service killed at a named point"
    KILL = "service killed at a random moment"
    DRAIN = "service told to end (SIGTERM)"
    NURSERY = "all services killed at once"
    NOTIFIER = "notifier killed"
    BROKER = "broker killed, comes back empty"
    DATABASE = "database killed"
    OBJECTS = "object store killed"
    DISK = "disk of the object store full"
    DUPLICATE = "past messages sent again"
    REORDER = "past messages sent in reverse"
    MALFORMED = "messages that cannot be read"
    GARBLED = "our own messages garbled, a worker pauses"
    FOREIGN = "orders and cancels of another system"
    VAIN = "cancels of ours that nobody asked for"


SERVICE_KILLS = frozenset({Kind.POINT, Kind.KILL, Kind.NOTIFIER, Kind.NURSERY})
"""Those that end a service by SIGKILL."""
OUTAGES = frozenset({Kind.BROKER, Kind.DATABASE, Kind.OBJECTS})
"""Those that end a server by SIGKILL."""


POINT_SHARE = 0.65
"""The share of the time that the pauses between kills at points take: the rest is waiting for somebody to come by."""
GARBLED_STAGES = frozenset({"story", "split", "music"})
"""Stages with one worker of one slot: nothing succeeds between two messages that follow each other."""


@dataclass(frozen=True)
class Fault:
    """One thing that is done. ``after_s``: the pause before it; ``for_s``: how long what is down stays down."""

    kind: Kind
    target: str = ""
    after_s: float = 0.0
    for_s: float = 0.0
    count: int = 0


@dataclass(frozen=True)
class Size:
    """How much is done and for how many."""

    tasks: int = 60
    users: int = 6
    clients: int = 50
    point_kills: int = 240
    """At most: each is waited for, the rare ones for long."""
    moment_kills: int = 45
    least_service_kills: int = 200
    """With fewer, a run has not shown what it is there for."""
    least_edits: int = 10
    notifier_kills: int = 10
    broker_kills: int = 5
    database_kills: int = 5
    object_kills: int = 5
    full_disks: int = 2
    nursery_kills: int = 2
    drains: int = 60
    injections: int = 8
    garbled: int = 4
    longest_outage_s: float = 30.0
    faults_s: float = 630.0
    """Over how long the faults are spread."""
    settle_s: float = 180.0
    """How long a system that is left alone may take to finish what it has, at most."""


SHORT = Size(
    tasks=8,
    users=2,
    clients=8,
    point_kills=12,
    moment_kills=5,
    least_service_kills=10,
    least_edits=1,
    notifier_kills=1,
    broker_kills=1,
    database_kills=1,
    object_kills=1,
    full_disks=1,
    nursery_kills=0,
    drains=3,
    injections=2,
    garbled=1,
    longest_outage_s=4.0,
    faults_s=45.0,
    settle_s=90.0,
)
"""What a run of all tests has time for."""


@dataclass(frozen=True)
class Plan:
    """Three sequences that go on side by side: services die while servers are away."""

    seed: int
    at_points: tuple[Fault, ...]
    """Each begins once somebody has died of the one before it, and ends with the other sequences."""
    on_services: tuple[Fault, ...]
    on_servers: tuple[Fault, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All of them."""
        return self.at_points + self.on_services + self.on_servers


def make_plan(seed: int, size: Size, services: Sequence[str]) -> Plan:
    """The plan of a seed. At which named point a process dies, of those where none has died, the system decides."""
    chance = random.Random(seed)
    on_services = [Fault(Kind.KILL, chance.choice(services)) for _ in range(size.moment_kills)]
    on_services += [Fault(Kind.DRAIN, chance.choice(services)) for _ in range(size.drains)]
    on_services += [Fault(Kind.NOTIFIER, "notifier")] * size.notifier_kills
    on_services += [Fault(Kind.NURSERY, "nursery")] * size.nursery_kills

    def outage(kind: Kind, target: str, count: int, longest_s: float) -> list[Fault]:
        return [Fault(kind, target, for_s=round(chance.uniform(0, longest_s), 1)) for _ in range(count)]

    on_servers = outage(Kind.BROKER, "broker", size.broker_kills, size.longest_outage_s / 3)
    on_servers += outage(Kind.DATABASE, "database", size.database_kills, size.longest_outage_s)
    on_servers += outage(Kind.OBJECTS, "objects", size.object_kills, size.longest_outage_s)
    on_servers += outage(Kind.DISK, "objects", size.full_disks, size.longest_outage_s)
    injected = {Kind.DUPLICATE: 30, Kind.REORDER: 30, Kind.MALFORMED: 5, Kind.FOREIGN: 6, Kind.VAIN: 6}
    for kind, most in injected.items():
        on_servers += [Fault(kind, count=chance.randint(2, most)) for _ in range(size.injections)]
    stages = [name for name in services if name in GARBLED_STAGES]
    on_servers += [Fault(Kind.GARBLED, chance.choice(stages), for_s=2.0, count=12) for _ in range(size.garbled)]
    return Plan(
        seed,
        _spread([Fault(Kind.POINT)] * size.point_kills, size.faults_s * POINT_SHARE, chance),
        _spread(on_services, size.faults_s, chance),
        _spread(on_servers, size.faults_s, chance),
    )


def _spread(faults: list[Fault], over_s: float, chance: random.Random) -> tuple[Fault, ...]:
    """The faults in random order, with random pauses that, with the outages, come to ``over_s``."""
    chance.shuffle(faults)
    left_s = max(0.0, over_s - sum(fault.for_s for fault in faults))
    shares = [chance.uniform(0.2, 1.8) for _ in faults]
    return tuple(
        replace(fault, after_s=round(left_s * share / sum(shares), 2))
        for fault, share in zip(faults, shares, strict=True)
    )
