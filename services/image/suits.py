"""Bodies by kind: what arms, legs and trunk are made of, for a rig to pose."""

from dataclasses import dataclass

from services.image.colour import darker, lighter
from services.image.postures import Point, Posture
from services.image.scene import Look
from services.image.svg import Defs, circle, ellipse, group, line, path

_SHOULDER = (33.0, -114.0)
_HIP = (20.0, -42.0)


def _limb(start: Point, end: Point, bend: float, fill: str, width: float) -> str:
    """A soft arm or leg from joint to hand, bowed sideways by ``bend``."""
    mx, my = (start[0] + end[0]) / 2 + bend, (start[1] + end[1]) / 2 + abs(bend) * 0.35
    return line(f"M{start[0]:.1f},{start[1]:.1f} Q{mx:.1f},{my:.1f} {end[0]:.1f},{end[1]:.1f}", fill, width)


@dataclass(frozen=True)
class Suit:
    """The fills and widths of one kind of body."""

    defs: Defs
    arm: str
    leg: str
    hand: str
    foot: str
    trunk: str
    arm_width: float = 26
    leg_width: float = 33

    def arms(self, posture: Posture) -> str:
        """Both arms with their hands."""
        parts = []
        for side, hand in ((-1, posture.left_hand), (1, posture.right_hand)):
            shoulder = (side * _SHOULDER[0], _SHOULDER[1])
            bend = 13 * (1 if hand[0] > shoulder[0] else -1) if hand[1] > -150 else 10 * side
            parts.append(_limb(shoulder, hand, bend, self.arm, self.arm_width))
            parts.append(circle(*hand, self.arm_width * 0.54, self.hand))
        return "".join(parts)

    def legs(self, posture: Posture) -> str:
        """Both legs with their feet."""
        parts = []
        for side, foot in ((-1, posture.left_foot), (1, posture.right_foot)):
            hip = (side * _HIP[0], _HIP[1])
            parts.append(_limb(hip, foot, side * 3, self.leg, self.leg_width))
            parts.append(ellipse(foot[0] + 5, foot[1] - 2, 22, 11.5, self.foot))
        return "".join(parts)

    def seated_legs(self) -> str:
        """Legs stretched towards the viewer, soles showing."""
        parts = []
        for side in (-1, 1):
            parts.append(_limb((side * 22, -26), (side * 50, -16), 0, self.leg, self.leg_width + 2))
            parts.append(ellipse(side * 58, -18, 17, 19, self.foot))
            parts.append(ellipse(side * 59, -15, 8.5, 9.5, "#ffffff", 'opacity="0.28"'))
        return "".join(parts)

    def torso(self) -> str:
        """The trunk from hip to neck."""
        return self.trunk


class _FishTailed(Suit):
    """A body that ends in a fish's tail."""

    def legs(self, posture: Posture) -> str:
        """The tail, down to where the feet would be."""
        end = ((posture.left_foot[0] + posture.right_foot[0]) / 2, max(posture.left_foot[1], posture.right_foot[1]) - 6)
        return self._tail(end[0] + 26, end[1], 14)

    def seated_legs(self) -> str:
        """The tail, laid to the side."""
        return self._tail(96, -22, 58)

    def _tail(self, x: float, y: float, turn: float) -> str:
        body = path(
            f"M-42,-72 C-50,-40 -22,-14 {x - 12:.1f},{y - 6:.1f} L{x + 8:.1f},{y - 12:.1f} "
            "C30,-28 48,-44 42,-72 Q0,-58 -42,-72Z",
            self.leg,
        )
        fluke = path("M0,0 C-34,-6 -46,16 -40,30 C-22,24 -8,18 0,8 C8,18 22,24 40,30 C46,16 34,-6 0,0Z", self.foot)
        scales = "".join(
            line(f"M{dx - 9:.1f},{dy:.1f} q9,9 18,0", "#ffffff", 2.5, 'opacity="0.4"')
            for dx, dy in ((-18, -56), (6, -54), (26, -58), (-6, -40), (16, -40), (6, -26))
        )
        return body + scales + group(fluke, f"translate({x:.1f} {y - 10:.1f}) rotate({-turn})")


def _plush(look: Look, defs: Defs) -> Suit:
    coat = look.coat
    trunk = path(
        "M0,-140 C30,-140 42,-116 48,-86 C55,-52 46,-20 0,-20 C-46,-20 -55,-52 -48,-86 C-42,-116 -30,-140 0,-140Z",
        defs.solid(coat),
    ) + path(
        "M0,-126 C20,-126 27,-106 31,-84 C36,-54 28,-30 0,-30 C-28,-30 -36,-54 -31,-84 C-27,-106 -20,-126 0,-126Z",
        defs.linear(lighter(look.belly, 0.3), look.belly, darker(look.belly, 0.08)),
    )
    fur = look.limbs or coat
    arm = defs.across(lighter(fur, 0.1), darker(fur, 0.14), line=(0, -150, 0, -50))
    leg = defs.across(fur, darker(fur, 0.22), line=(0, -50, 0, 0))
    tip = look.clothes if look.clothes.startswith("#") and look.clothes != coat else darker(coat, 0.3)
    return Suit(defs, arm, leg, defs.solid(tip), defs.solid(darker(tip, 0.08)), trunk)


def _human(look: Look, defs: Defs) -> Suit:
    shirt, trousers, skin = look.clothes, look.trousers, look.coat
    trunk = path(
        (
            "M0,-138 C26,-138 36,-128 40,-104 L44,-44 Q44,-30 30,-30 L-30,-30 Q-44,-30 -44,-44 L-40,-104 C-36,-128 "
            "-26,-138 0,-138Z"
        ),
        defs.solid(shirt),
    )
    if look.tail == "fishtail":
        return _FishTailed(
            defs,
            defs.across(lighter(skin, 0.1), darker(skin, 0.12), line=(0, -150, 0, -50)),
            defs.across(lighter(shirt, 0.15), darker(shirt, 0.25), line=(0, -90, 0, 20)),
            defs.solid(skin),
            defs.solid(lighter(shirt, 0.2)),
            path(
                "M0,-138 C26,-138 36,-128 39,-104 L40,-66 L-40,-66 L-39,-104 C-36,-128 -26,-138 0,-138Z",
                defs.solid(skin),
            )
            + path("M-40,-112 Q-20,-132 0,-112 Q20,-132 40,-112 Q24,-88 0,-102 Q-24,-88 -40,-112Z", "#f2a0c4"),
            arm_width=22,
        )
    if look.tail == "dress":
        trunk = path(
            (
                "M0,-138 C26,-138 34,-126 37,-104 L66,-36 Q34,-22 0,-22 Q-34,-22 -66,-36 L-37,-104 C-34,-126 -26,-138 "
                "0,-138Z"
            ),
            defs.solid(shirt),
        ) + line("M-38,-92 Q0,-82 38,-92", darker(shirt, 0.3), 7)
    else:
        trunk += path("M-44,-50 L44,-50 L43,-30 Q20,-20 0,-24 Q-20,-20 -43,-30Z", defs.solid(trousers))
        trunk += line("M0,-132 L0,-54", darker(shirt, 0.18), 2.5) + "".join(
            circle(0, y, 3.6, lighter(shirt, 0.6)) for y in (-112, -92, -72)
        )
    arm = defs.across(lighter(shirt, 0.1), darker(shirt, 0.18), line=(0, -150, 0, -50))
    bare = look.tail == "dress"
    leg = defs.solid(skin) if bare else defs.across(trousers, darker(trousers, 0.2), line=(0, -50, 0, 0))
    return Suit(
        defs,
        arm,
        skin if bare else leg,
        defs.solid(skin),
        defs.solid("#6b3f2c"),
        trunk,
        arm_width=24,
        leg_width=24 if bare else 30,
    )


def _robot(look: Look, defs: Defs) -> Suit:
    metal, accent = look.coat, look.clothes
    trunk = (
        '<rect x="-46" y="-136" width="92" height="104" rx="24" fill="'
        + defs.solid(metal)
        + '"/>'
        + '<rect x="-28" y="-112" width="56" height="40" rx="10" fill="'
        + defs.linear("#3a4a7a", "#222b52")
        + '"/>'
        + circle(-14, -92, 6, "#ff6b6b")
        + circle(2, -92, 6, "#ffd257")
        + circle(18, -92, 6, "#6ee7a0")
        + '<rect x="-14" y="-144" width="28" height="14" rx="5" fill="'
        + darker(metal, 0.35)
        + '"/>'
    )
    arm = defs.across(lighter(metal, 0.1), darker(metal, 0.3), line=(0, -150, 0, -50))
    leg = defs.across(darker(metal, 0.12), darker(metal, 0.35), line=(0, -50, 0, 0))
    return Suit(defs, arm, leg, defs.solid(accent), defs.solid(accent), trunk, arm_width=20, leg_width=24)


def _space(look: Look, defs: Defs) -> Suit:
    white = "#f2f4fb"
    trunk = (
        '<rect x="-58" y="-134" width="116" height="80" rx="20" fill="'
        + defs.solid("#c6cbdd")
        + '"/>'
        + path(
            "M0,-140 C34,-140 46,-116 49,-86 C54,-52 46,-22 0,-22 C-46,-22 -54,-52 -49,-86 C-46,-116 -34,-140 0,-140Z",
            defs.solid(white),
        )
        + '<rect x="-22" y="-104" width="44" height="30" rx="7" fill="'
        + defs.solid(look.clothes)
        + '"/>'
        + circle(-10, -89, 5, "#ff6b6b")
        + circle(8, -89, 5, "#ffe08a")
        + line("M-44,-48 Q0,-38 44,-48", "#b9c0d6", 6)
    )
    arm = defs.across(white, "#cfd5e6", line=(0, -150, 0, -50))
    leg = defs.across(white, "#c3cadd", line=(0, -50, 0, 0))
    return Suit(defs, arm, leg, defs.solid(look.clothes), defs.solid(look.clothes), trunk, arm_width=30, leg_width=36)


_SUITS = {"plush": _plush, "human": _human, "robot": _robot, "space": _space}


def suit(look: Look, defs: Defs) -> Suit:
    """The body of a look."""
    return _SUITS.get(look.body, _plush)(look, defs)
