"""Rigs: a figure as one SVG drawing, built from its look and posed. The same look gives the same body on every page."""

from dataclasses import dataclass

from services.image.colour import darker, lighter
from services.image.heads import face, head
from services.image.icons import IconBook
from services.image.postures import POSTURES, Point, Posture
from services.image.scene import Expression, Figure, Look, Pose
from services.image.svg import Defs, circle, ellipse, group, line, path
from services.image.wardrobe import tail, worn

HEAD_AT = (0.0, -194.0)
_SHOULDER = (33.0, -114.0)
_HIP = (20.0, -42.0)
CHILD_HEIGHT = 272.0
"""Height of a standing figure of scale 1 in rig units, ears apart."""


@dataclass(frozen=True)
class Drawing:
    """A figure's markup, the box it fills (x, y, width, height; the ground at y = 0) and how it meets the ground."""

    markup: str
    box: tuple[float, float, float, float]
    foot_width: float
    lift: float = 0


_BOX = (-190.0, -400.0, 380.0, 420.0)


def draw(figure: Figure, icons: IconBook) -> Drawing:
    """The figure in its pose, facing where it faces."""
    look = figure.look
    defs = Defs("r")
    if look.body in ("whole", "limbed"):
        drawing = _whole(figure, icons, defs) if look.body == "whole" else _limbed(figure, icons, defs)
    else:
        drawing = _body(figure, icons, defs)
    markup = drawing.markup
    if figure.facing < 0:
        markup = group(markup, "scale(-1 1)")
    return Drawing(defs.markup() + markup, drawing.box, drawing.foot_width, drawing.lift)


def _body(figure: Figure, icons: IconBook, defs: Defs) -> Drawing:
    look = figure.look
    posture = POSTURES[figure.pose]
    if posture.is_lying:
        return _lying(figure, icons, defs)
    suit = _SUITS.get(look.body, _plush)
    limbs = suit(look, defs)
    hx, hy = HEAD_AT[0] + posture.head[0], HEAD_AT[1] + posture.head[1]
    face_group = group(
        head(look, figure.expression, icons, defs) + worn(look, "over_head", defs),
        f"translate({hx:.1f} {hy:.1f}) rotate({posture.tilt})",
    )
    legs = limbs.seated_legs() if posture.is_seated else limbs.legs(posture)
    arms = limbs.arms(posture)
    held = _held(figure, posture, icons)
    upper = "".join(
        (
            worn(look, "behind_body", defs),
            tail(look, defs),
            "" if posture.arms_in_front or _is_raised(posture) else arms,
            limbs.torso() + worn(look, "on_body", defs),
            worn(look, "on_neck", defs),
            face_group if not _is_raised(posture) else "",
            arms if posture.arms_in_front or _is_raised(posture) else "",
            face_group if _is_raised(posture) else "",
            held,
            worn(look, "in_front", defs),
        )
    )
    upper = group(upper, f"translate(0 {posture.drop}) rotate({posture.lean} 0 {-40})")
    content = (upper + legs) if posture.is_seated else legs + upper
    return Drawing(
        group(content, f"translate(0 {-posture.lift})"), _BOX, 62 if not posture.is_seated else 84, posture.lift
    )


def _is_raised(posture: Posture) -> bool:
    """Hands above the shoulders pass behind the head."""
    return posture.left_hand[1] < -190 or posture.right_hand[1] < -150


def _held(figure: Figure, posture: Posture, icons: IconBook) -> str:
    if not figure.held or figure.held not in icons or posture.is_lying:
        return ""
    size = 74
    x, y = posture.right_hand
    if posture.arms_in_front:
        x, y = 0, y + 4
    return group(icons.symbol(figure.held), f"translate({x - size / 2:.1f} {y - size * 0.62:.1f}) scale({size / 32})")


def limb(start: Point, end: Point, bend: float, fill: str, width: float) -> str:
    """A soft arm or leg from joint to hand, bowed sideways by ``bend``."""
    mx, my = (start[0] + end[0]) / 2 + bend, (start[1] + end[1]) / 2 + abs(bend) * 0.35
    return line(f"M{start[0]:.1f},{start[1]:.1f} Q{mx:.1f},{my:.1f} {end[0]:.1f},{end[1]:.1f}", fill, width)


@dataclass(frozen=True)
class _Suit:
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
            parts.append(limb(shoulder, hand, bend, self.arm, self.arm_width))
            parts.append(circle(*hand, self.arm_width * 0.54, self.hand))
        return "".join(parts)

    def legs(self, posture: Posture) -> str:
        """Both legs with their feet."""
        parts = []
        for side, foot in ((-1, posture.left_foot), (1, posture.right_foot)):
            hip = (side * _HIP[0], _HIP[1])
            parts.append(limb(hip, foot, side * 3, self.leg, self.leg_width))
            parts.append(ellipse(foot[0] + 5, foot[1] - 2, 22, 11.5, self.foot))
        return "".join(parts)

    def seated_legs(self) -> str:
        """Legs stretched towards the viewer, soles showing."""
        parts = []
        for side in (-1, 1):
            parts.append(limb((side * 22, -26), (side * 50, -16), 0, self.leg, self.leg_width + 2))
            parts.append(ellipse(side * 58, -18, 17, 19, self.foot))
            parts.append(ellipse(side * 59, -15, 8.5, 9.5, "#ffffff", 'opacity="0.28"'))
        return "".join(parts)

    def torso(self) -> str:
        """The trunk from hip to neck."""
        return self.trunk


def _plush(look: Look, defs: Defs) -> _Suit:
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
    return _Suit(defs, arm, leg, defs.solid(tip), defs.solid(darker(tip, 0.08)), trunk)


def _human(look: Look, defs: Defs) -> _Suit:
    shirt, trousers, skin = look.clothes, look.trousers, look.coat
    trunk = path(
        (
            "M0,-138 C26,-138 36,-128 40,-104 L44,-44 Q44,-30 30,-30 L-30,-30 Q-44,-30 -44,-44 L-40,-104 C-36,-128 "
            "-26,-138 0,-138Z"
        ),
        defs.solid(shirt),
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
    return _Suit(
        defs,
        arm,
        skin if bare else leg,
        defs.solid(skin),
        defs.solid("#6b3f2c"),
        trunk,
        arm_width=24,
        leg_width=24 if bare else 30,
    )


def _robot(look: Look, defs: Defs) -> _Suit:
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
    return _Suit(defs, arm, leg, defs.solid(accent), defs.solid(accent), trunk, arm_width=20, leg_width=24)


def _space(look: Look, defs: Defs) -> _Suit:
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
    return _Suit(defs, arm, leg, defs.solid(look.clothes), defs.solid(look.clothes), trunk, arm_width=30, leg_width=36)


_SUITS = {"plush": _plush, "human": _human, "robot": _robot, "space": _space}


def _lying(figure: Figure, icons: IconBook, defs: Defs) -> Drawing:
    """Asleep on the ground: an animal curled up, anybody else under a blanket."""
    look = figure.look
    asleep = head(look, Expression.ASLEEP, icons, defs) + worn(look, "over_head", defs)
    if look.body == "plush":
        brush = (
            group(tail(look, defs), "translate(150 -4) scale(-1 1) rotate(58 30 -40)")
            if look.tail in ("bushy", "curl", "ringed", "spiked")
            else ""
        )
        body = (
            brush
            + path("M-70,0 C-96,-60 -40,-118 34,-112 C104,-106 132,-50 108,-14 Q100,0 76,0Z", defs.solid(look.coat))
            + path("M-40,0 C-30,-44 40,-58 78,-22 Q88,-4 70,0Z", look.belly, 'opacity="0.85"')
            + ellipse(-30, -9, 32, 14, defs.solid(look.coat))
            + ellipse(62, -8, 30, 13, defs.solid(darker(look.coat, 0.1)))
        )
    else:
        cloth = look.clothes
        dots = "".join(
            circle(x, y, 6, lighter(cloth, 0.5)) for x, y in ((10, -60), (50, -78), (86, -46), (46, -28), (116, -22))
        )
        body = (
            ellipse(-72, -30, 82, 30, defs.solid("#fff6ea"))
            + path("M-52,0 C-60,-70 0,-104 60,-96 C120,-92 150,-40 152,-8 Q150,0 140,0Z", defs.solid(cloth))
            + dots
        )
    face_group = group(asleep, "translate(-64 -66) rotate(-14)")
    return Drawing(body + face_group, _BOX, 120, 0)


def _limbed(figure: Figure, icons: IconBook, defs: Defs) -> Drawing:
    """A thing come alive: its picture with a face, arms and legs."""
    look = figure.look
    posture = POSTURES[figure.pose]
    coat = look.coat
    suit = _Suit(defs, coat, coat, coat, defs.solid(darker(coat, 0.35)), "", arm_width=13, leg_width=14)
    size = 190.0
    picture = group(icons.symbol(look.icon), f"translate({-size / 2} {-40 - size}) scale({size / 32})")
    features = "" if look.tail == "faced" else group(face(figure.expression, size=10), f"translate(0 {-42 - size / 2})")
    if posture.is_lying:
        content = group(picture + features, "translate(0 38) rotate(-12 0 -100)")
        return Drawing(content + over_object(look, defs, icons), _BOX, 90)
    arms = suit.arms(_spread(posture))
    content = (
        suit.legs(posture)
        + arms
        + picture
        + features
        + group(worn(look, "over_head", defs), "translate(0 -138)")
        + on_neck_of_thing(look, defs)
    )
    return Drawing(
        group(content, f"translate(0 {-posture.lift}) rotate({posture.lean / 2} 0 -60)"), _BOX, 60, posture.lift
    )


def _spread(posture: Posture) -> Posture:
    """Hands set wide enough to show beside a broad body."""
    left, right = posture.left_hand, posture.right_hand
    return Posture(
        (min(left[0], -96), left[1] - 10), (max(right[0], 96), right[1] - 10), posture.left_foot, posture.right_foot
    )


def over_object(look: Look, defs: Defs, icons: IconBook) -> str:
    """Headgear on a thing that lies."""
    return group(worn(look, "over_head", defs), "translate(-30 -100) rotate(-12)")


def on_neck_of_thing(look: Look, defs: Defs) -> str:
    """A scarf under the face of a thing."""
    return group(worn(look, "on_neck", defs), "translate(0 52)")


def _whole(figure: Figure, icons: IconBook, defs: Defs) -> Drawing:
    """A creature that Fluent draws whole, facing left: posed by leaning, stretching and leaving the ground."""
    look = figure.look
    size = 236.0
    lift, turn, sx, sy = {
        Pose.WALK: (4, -3, -1.0, 1.0),
        Pose.RUN: (10, 7, -1.05, 0.97),
        Pose.JUMP: (64, -9, -0.98, 1.04),
        Pose.FLY: (130, -8, -1.0, 1.0),
        Pose.SWIM: (70, -6, -1.0, 1.0),
        Pose.SLEEP: (0, 5, -1.08, 0.86),
        Pose.SIT: (0, 0, -1.03, 0.96),
        Pose.REACH: (8, -11, -0.98, 1.05),
        Pose.LOOK_UP: (0, -10, -1.0, 1.02),
        Pose.DANCE: (16, 10, -1.0, 1.0),
        Pose.HUG: (0, 6, -1.0, 1.0),
    }.get(figure.pose, (0, 0, -1.0, 1.0))
    picture = group(icons.symbol(look.icon), f"translate({-size / 2} {-size + 7}) scale({size / 32})")
    marks = (
        group(worn(look, "on_neck", defs), f"translate({-12} {-size * 0.52 + 128})") if look.tail == "upright" else ""
    )
    content = group(picture + marks, f"translate(0 {-lift}) rotate({turn}) scale({sx} {sy})")
    return Drawing(content, _BOX, 70, lift)
