"""Heads, 150 wide around (0, 0): a Fluent face where there is a frontal one, else one drawn in the same manner."""

import math
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from services.image.colour import darker, lighter
from services.image.icons import IconBook
from services.image.scene import Expression, Look
from services.image.svg import Defs, circle, ellipse, group, line, path

SIZE = 150
_INK = "#3b2a35"
_UNIT = SIZE / 32

_DATA = Path(__file__).parent / "data" / "eyes.toml"


@cache
def _eyes() -> Mapping[str, tuple[float, float, float, float, float, str]]:
    """Eyes of Fluent heads: left x, right x, y, half width, half height in the 32-unit box, and the lid's colour."""
    return {icon: tuple(row) for icon, row in tomllib.loads(_DATA.read_text(encoding="utf-8")).items()}


def head(look: Look, expression: Expression, icons: IconBook, defs: Defs) -> str:
    """The head of ``look`` with this expression."""
    if look.icon and look.icon in icons:
        face = group(icons.symbol(look.icon), f"translate({-SIZE / 2} {-SIZE / 2}) scale({_UNIT})")
        return face + _lids(look, expression, defs)
    return _drawn(look, expression, defs)


def _lids(look: Look, expression: Expression, defs: Defs) -> str:
    """Closed eyes over open ones; nothing for a head whose eyes stay open."""
    is_human = look.body in ("human", "space")
    eyes = _eyes().get(look.icon.removesuffix(f"-{look.complexion}") if is_human else look.icon)
    closes_on = (Expression.ASLEEP,) if is_human else (Expression.ASLEEP, Expression.HAPPY)
    if eyes is None or expression not in closes_on:
        return ""
    left, right, height, rx, ry, colour = eyes
    skin = colour or look.coat
    lid = defs.radial(skin, skin, skin, f"{skin}/0")
    y = (height - 16) * _UNIT
    parts = []
    for centre in (left, right):
        x = (centre - 16) * _UNIT
        parts.append(ellipse(x, y, rx * _UNIT * 2.0, ry * _UNIT * 1.75, lid))
        parts.append(_closed_eye(x, y, max(rx, 1.3) * _UNIT, expression))
    return "".join(parts)


def _closed_eye(x: float, y: float, r: float, expression: Expression) -> str:
    bow = r * 0.9 if expression is Expression.ASLEEP else -r * 0.9
    return line(f"M{x - r:.1f},{y - bow / 3:.1f} Q{x:.1f},{y + bow:.1f} {x + r:.1f},{y - bow / 3:.1f}", _INK, 4.6)


def face(expression: Expression, *, apart: float = 25, y: float = 2, mouth_y: float = 30, size: float = 8) -> str:
    """Eyes, cheeks and a mouth, for anything that has none."""
    parts = [
        ellipse(-apart - 12, y + 17, 11, 7, "#ff7d8a", 'opacity="0.45"'),
        ellipse(apart + 12, y + 17, 11, 7, "#ff7d8a", 'opacity="0.45"'),
    ]
    for side in (-1, 1):
        x = side * apart
        if expression in (Expression.ASLEEP, Expression.HAPPY):
            parts.append(_closed_eye(x, y, size, expression))
        else:
            parts.append(ellipse(x, y, size * 0.85, size * 1.15, _INK))
            parts.append(circle(x + size * 0.25, y - size * 0.45, size * 0.3, "#fff"))
    width = 13 if expression is Expression.HAPPY else 10
    bow = -9 if expression is Expression.SAD else 10
    parts.append(line(f"M{-width},{mouth_y} Q0,{mouth_y + bow} {width},{mouth_y}", _INK, 4.2))
    return "".join(parts)


def _drawn(look: Look, expression: Expression, defs: Defs) -> str:
    """A round head with the ears, muzzle and horns of its kind."""
    coat = look.coat
    behind = EARS.get(look.ears, _round_ears)(look, defs)
    skull = ellipse(
        0, 4, 66, 60, defs.radial(lighter(coat, 0.25), coat, darker(coat, 0.18), centre=(0.4, 0.3), radius=0.8)
    )
    muzzle = _MUZZLES.get(look.body if look.body in _MUZZLES else look.ears, _plain_muzzle)(look, defs)
    features = face(expression, apart=27, y=-4, mouth_y=40, size=9)
    return behind + skull + muzzle + features + _over(look, defs)


def _plain_muzzle(look: Look, defs: Defs) -> str:
    return ellipse(0, 34, 34, 23, defs.solid(look.belly)) + ellipse(0, 24, 9, 6.5, _INK)


def _snout(look: Look, defs: Defs) -> str:
    shade = darker(look.coat, 0.45)
    return (
        ellipse(0, 36, 44, 26, defs.solid(lighter(look.coat, 0.28)))
        + ellipse(-14, 26, 4, 5, shade)
        + ellipse(14, 26, 4, 5, shade)
    )


def _trunk(look: Look, defs: Defs) -> str:
    fill = defs.across(look.coat, darker(look.coat, 0.2), line=(0, 10, 0, 100))
    rings = "".join(line(f"M-12,{y} q12,5 24,0", darker(look.coat, 0.25), 2.5) for y in (48, 60, 72))
    return line("M0,22 C0,60 0,80 22,84", fill, 30) + rings


def _round_ears(look: Look, defs: Defs) -> str:
    return "".join(
        circle(side * 50, -44, 24, defs.solid(look.coat)) + circle(side * 50, -43, 13, lighter(look.belly, 0.1))
        for side in (-1, 1)
    )


def _pointed_ears(look: Look, defs: Defs) -> str:
    return "".join(
        group(
            path("M14,-30 L64,-84 Q74,-34 56,-8Z", defs.solid(look.coat))
            + path("M30,-36 L57,-64 Q62,-36 52,-22Z", look.belly),
            f"scale({side} 1)",
        )
        for side in (-1, 1)
    )


def _side_ears(look: Look, defs: Defs) -> str:
    return "".join(
        group(
            ellipse(0, 0, 30, 14, defs.solid(look.coat)) + ellipse(3, 1, 19, 8, lighter(look.belly, 0.05)),
            f"translate({side * 72} -22) scale({side} 1) rotate(-18)",
        )
        for side in (-1, 1)
    )


def _wide_ears(look: Look, defs: Defs) -> str:
    return "".join(
        ellipse(side * 72, 0, 42, 50, defs.solid(look.coat))
        + ellipse(side * 72, 4, 27, 34, "#f0a9b4", 'opacity="0.75"')
        for side in (-1, 1)
    )


def _horned(look: Look, defs: Defs) -> str:
    horn = defs.linear("#fff3cf", "#e2b45a")
    return "".join(
        path(f"M{side * 22},-44 Q{side * 30},-92 {side * 52},-92 Q{side * 48},-62 {side * 46},-34Z", horn)
        for side in (-1, 1)
    ) + _side_ears(look, defs)


def _antlered(look: Look, defs: Defs) -> str:
    wood = "#8a5a34"
    return "".join(
        group(line("M22,-46 C26,-74 40,-86 44,-108 M32,-76 C46,-80 56,-84 62,-98", wood, 8), f"scale({side} 1)")
        for side in (-1, 1)
    ) + _side_ears(look, defs)


def _spiky(look: Look, defs: Defs) -> str:
    fill = defs.radial("#a9805c", "#6e4a35")
    points = []
    count = 17
    for number in range(count * 2):
        angle = math.pi * (0.92 + 1.16 * number / (count * 2 - 1))
        radius = 94 if number % 2 else 72
        points.append(f"{radius * math.cos(angle):.1f},{6 + radius * math.sin(angle):.1f}")
    return path(f"M{' L'.join(points)} L50,50 L-50,50Z", fill) + _round_ears_small(look, defs)


def _round_ears_small(look: Look, defs: Defs) -> str:
    return "".join(circle(side * 48, -32, 14, defs.solid(look.coat)) for side in (-1, 1))


def _woolly(look: Look, defs: Defs) -> str:
    wool = defs.solid("#fff8ee")
    return _side_ears(look, defs) + "".join(
        circle(58 * math.cos(angle), -6 + 56 * math.sin(angle), 24, wool)
        for angle in (math.pi * step / 8 for step in range(8, 17))
    )


def _maned(look: Look, defs: Defs) -> str:
    return path(
        "M-40,-52 C-110,-30 -104,60 -66,96 C-60,50 -52,20 -30,-20Z", defs.linear("#ff9ad5", "#b07bf0", "#6fb4ff")
    )


def _over(look: Look, defs: Defs) -> str:
    """What lies over the forehead."""
    if look.ears == "unicorn":
        horn = path("M-12,-52 L2,-120 L16,-52Z", defs.linear("#ffe9a6", "#f0b03f"))
        rings = "".join(
            line(f"M{-9 + k * 2.2:.1f},{-60 - k * 16} q8,5 {18 - k * 4},-2", "#d08d2b", 3) for k in range(3)
        )
        fringe = path(
            "M-50,-36 C-40,-76 30,-80 44,-46 C24,-56 8,-50 -2,-34 C-18,-46 -34,-46 -50,-36Z",
            defs.linear("#ff9ad5", "#c98bf5"),
        )
        return fringe + horn + rings
    if look.ears == "horse":
        return path(
            "M-30,-40 C-24,-84 30,-84 32,-48 C20,-34 8,-44 4,-20 C-6,-40 -18,-30 -30,-40Z",
            defs.solid("#4a2f22"),
        )
    if look.ears == "spiky":
        return path(
            "M-48,-28 Q-30,-62 0,-50 Q30,-62 48,-28 Q24,-42 0,-32 Q-24,-42 -48,-28Z", defs.linear("#a9805c", "#7d5740")
        )
    if look.ears == "ossicones":
        spots = ((-44, -18, 13), (-20, -42, 11), (22, -40, 14), (48, -12, 11), (2, -24, 8), (-54, 12, 8), (56, 16, 7))
        return "".join(circle(x, y, r, "#c07a35", 'opacity="0.75"') for x, y, r in spots)
    if look.ears == "woolly":
        return "".join(circle(x, -48 + abs(x) / 4, 20, defs.solid("#fff8ee")) for x in (-28, 0, 28))
    return ""


def _unicorn(look: Look, defs: Defs) -> str:
    return _maned(look, defs) + _pointed_ears_narrow(look, defs)


def _pointed_ears_narrow(look: Look, defs: Defs) -> str:
    return "".join(
        group(
            path("M26,-44 Q40,-96 54,-92 Q66,-60 52,-26Z", defs.solid(look.coat))
            + path("M36,-50 Q44,-76 51,-78 Q57,-56 49,-40Z", "#f4b4bf"),
            f"scale({side} 1)",
        )
        for side in (-1, 1)
    )


def _tufted_ears(look: Look, defs: Defs) -> str:
    return "".join(
        group(
            path("M22,-36 Q30,-92 44,-108 Q62,-76 58,-20Z", defs.solid(look.coat))
            + path("M34,-44 Q38,-74 45,-84 Q54,-62 52,-34Z", look.belly),
            f"scale({side} 1)",
        )
        for side in (-1, 1)
    )


def _ossicones(look: Look, defs: Defs) -> str:
    return "".join(
        line(f"M{side * 20},-46 L{side * 26},-92", look.coat, 10) + circle(side * 26, -96, 11, "#8a5a34")
        for side in (-1, 1)
    ) + _side_ears(look, defs)


EARS: dict[str, Callable[[Look, Defs], str]] = {
    "round": _round_ears, "pointed": _pointed_ears, "side": _side_ears, "wide": _wide_ears, "horned": _horned,
    "antlered": _antlered, "spiky": _spiky, "woolly": _woolly, "unicorn": _unicorn, "horse": _pointed_ears_narrow,
    "tufted": _tufted_ears, "ossicones": _ossicones,
}  # fmt: skip
_MUZZLES: dict[str, Callable[[Look, Defs], str]] = {
    "horned": _snout, "unicorn": _snout, "horse": _snout,
    "ossicones": _snout, "wide": _trunk,
}  # fmt: skip
