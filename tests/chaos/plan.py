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


KILLS = frozenset({Kind.POINT, Kind.KILL, Kind.NOTIFIER, Kind.NURSERY, Kind.BROKER, Kind.DATABASE, Kind.OBJECTS})
"""Those that end a process by SIGKILL."""


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
    point_kills: int = 150
    moment_kills: int = 70
    notifier_kills: int = 10
    broker_kills: int = 5
    database_kills: int = 5
    object_kills: int = 5
    full_disks: int = 2
    nursery_kills: int = 2
    drains: int = 10
    injections: int = 8
    longest_outage_s: float = 30.0
    faults_s: float = 600.0
    """Over how long the faults are spread."""
    settle_s: float = 180.0
    """How long a system that is left alone may take to finish what it has, at most."""


SHORT = Size(
    tasks=8,
    users=2,
    clients=8,
    point_kills=10,
    moment_kills=5,
    notifier_kills=1,
    broker_kills=1,
    database_kills=1,
    object_kills=1,
    full_disks=1,
    nursery_kills=0,
    drains=1,
    injections=2,
    longest_outage_s=4.0,
    faults_s=45.0,
    settle_s=90.0,
)
"""What a run of all tests has time for."""


@dataclass(frozen=True)
class Plan:
    """Two sequences that go on side by side: services die while servers are away."""

    seed: int
    on_services: tuple[Fault, ...]
    on_servers: tuple[Fault, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All of them."""
        return self.on_services + self.on_servers


def make_plan(seed: int, size: Size, services: Sequence[str]) -> Plan:
    """The plan of a seed. At which named point a process dies, of those where none has died, the system decides."""
    chance = random.Random(seed)
    on_services = [Fault(Kind.POINT)] * size.point_kills
    on_services += [Fault(Kind.KILL, chance.choice(services)) for _ in range(size.moment_kills)]
    workers = [name for name in services if name not in {"api", "notifier"}]
    on_services += [Fault(Kind.DRAIN, chance.choice(workers)) for _ in range(size.drains)]
    on_services += [Fault(Kind.NOTIFIER, "notifier")] * size.notifier_kills
    on_services += [Fault(Kind.NURSERY, "nursery")] * size.nursery_kills

    def outage(kind: Kind, target: str, count: int, longest_s: float) -> list[Fault]:
        return [Fault(kind, target, for_s=round(chance.uniform(0, longest_s), 1)) for _ in range(count)]

    on_servers = outage(Kind.BROKER, "broker", size.broker_kills, size.longest_outage_s / 3)
    on_servers += outage(Kind.DATABASE, "database", size.database_kills, size.longest_outage_s)
    on_servers += outage(Kind.OBJECTS, "objects", size.object_kills, size.longest_outage_s)
    on_servers += outage(Kind.DISK, "objects", size.full_disks, size.longest_outage_s)
    for kind, most in ((Kind.DUPLICATE, 30), (Kind.REORDER, 30), (Kind.MALFORMED, 5)):
        on_servers += [Fault(kind, count=chance.randint(2, most)) for _ in range(size.injections)]
    return Plan(seed, _spread(on_services, size.faults_s, chance), _spread(on_servers, size.faults_s, chance))


def _spread(faults: list[Fault], over_s: float, chance: random.Random) -> tuple[Fault, ...]:
    """The faults in random order, with random pauses that, with the outages, come to ``over_s``."""
    chance.shuffle(faults)
    left_s = max(0.0, over_s - sum(fault.for_s for fault in faults))
    mean_s = left_s / max(1, len(faults))
    return tuple(replace(fault, after_s=round(chance.uniform(0.2, 1.8) * mean_s, 2)) for fault in faults)
