"""A crowd: where each of more than four stands, in two rows, the farther one between the heads of the nearer."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.image.scene import Figure, Pose

FEWEST = 5
"""Fewer stand in one row."""
FARTHER = 0.88
"""Height of somebody in the farther row, against the same in the nearer."""
RISE = 0.42
"""How far behind the nearer row the farther one stands, against a child's height, where the ground is deep enough."""
_ROOM = 0.37
"""Half the width that somebody takes, against its height."""
_BROAD = 1.22
"""What is drawn whole, or lies, takes that much more."""


@dataclass(frozen=True)
class Spot:
    """A place in a crowd: how far right of the hero, in heights of a child, and in which row."""

    across: float
    is_farther: bool


def spots(cast: Sequence[Figure]) -> list[Spot]:
    """The spot of each of a cast. The hero is in the nearer row, the tallest of the others in the farther."""
    others = sorted(range(1, len(cast)), key=lambda number: -cast[number].look.scale)
    behind = sorted(others[: len(cast) // 2])
    before = [number for number in range(1, len(cast)) if number not in behind]
    rooms = [_room(figure) for figure in cast]
    found = {0: Spot(0.0, is_farther=False)}
    edges = {1: rooms[0], -1: rooms[0]}
    for order, number in enumerate(before):
        side = 1 if order % 2 == 0 else -1
        found[number] = Spot(side * (edges[side] + rooms[number]), is_farther=False)
        edges[side] += 2 * rooms[number]
    xs = sorted(spot.across for spot in found.values())
    gaps = [(a + b) / 2 for a, b in pairwise(xs)]
    left, right = xs[0] - 2 * _ROOM, xs[-1] + 2 * _ROOM
    places = sorted([*gaps, right, left], key=lambda x: (abs(x - (xs[0] + xs[-1]) / 2), x))[: len(behind)]
    found |= {number: Spot(x, is_farther=True) for number, x in zip(behind, places, strict=True)}
    return [found[number] for number in range(len(cast))]


def _room(figure: Figure) -> float:
    room = _ROOM * figure.look.scale
    if figure.look.body in ("whole", "limbed") or figure.pose is Pose.SLEEP:
        room *= _BROAD
    return room
