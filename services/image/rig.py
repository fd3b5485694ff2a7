"""Rigs: a figure as one SVG drawing, built from its look and posed. The same look gives the same body on every page."""

from dataclasses import dataclass

from services.image.colour import darker, lighter
from services.image.heads import face, head
from services.image.icons import IconBook
from services.image.postures import POSTURES, Posture
from services.image.scene import Figure, Look, Pose
from services.image.suits import Suit, suit
from services.image.svg import Defs, circle, ellipse, group, path
from services.image.wardrobe import tail, worn

HEAD_AT = (0.0, -194.0)
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


def _lying(figure: Figure, icons: IconBook, defs: Defs) -> Drawing:
    """Lying on the ground, asleep or awake: an animal curled up, anybody else under a blanket."""
    look = figure.look
    lying = head(look, figure.expression, icons, defs) + worn(look, "over_head", defs)
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
    face_group = group(lying, "translate(-64 -66) rotate(-14)")
    return Drawing(body + face_group, _BOX, 120, 0)


def _limbed(figure: Figure, icons: IconBook, defs: Defs) -> Drawing:
    """A thing come alive: its picture with a face, arms and legs."""
    look = figure.look
    posture = POSTURES[figure.pose]
    coat = look.coat
    suit = Suit(defs, coat, coat, coat, defs.solid(darker(coat, 0.35)), "", arm_width=13, leg_width=14)
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
