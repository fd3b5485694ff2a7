"""What figures wear, in the units of the rig: scarves, hats, capes, wings, glasses, helmets."""

from services.image.colour import darker, lighter
from services.image.icons import IconBook
from services.image.scene import Look
from services.image.svg import Defs, circle, ellipse, group, line, path


def on_neck(look: Look, defs: Defs) -> str:
    """Scarf, bow tie, collar or necklace: between body and head."""
    parts = []
    for worn in look.accessories:
        colour = worn.colour
        fill = defs.solid(colour)
        match worn.item:
            case "scarf":
                parts.append(path("M22,-122 l34,62 q-16,12 -30,6 l-24,-60Z", defs.solid(darker(colour, 0.16))))
                parts.append(line("M34,-66 l14,-7 M28,-78 l14,-7", lighter(colour, 0.5), 4))
                parts.append(
                    path("M-52,-142 Q0,-112 52,-142 Q60,-122 46,-110 Q0,-84 -46,-110 Q-60,-122 -52,-142Z", fill)
                )
                parts.append(line("M-40,-124 Q0,-102 40,-124", lighter(colour, 0.45), 4, 'opacity="0.8"'))
            case "bowtie":
                parts.append(path("M0,-120 L-30,-136 L-30,-102Z M0,-120 L30,-136 L30,-102Z", fill))
                parts.append(circle(0, -120, 8, darker(colour, 0.25)))
            case "collar":
                parts.append(line("M-34,-128 Q0,-108 34,-128", fill, 12))
                parts.append(circle(0, -110, 9, "#ffd34d"))
            case "necklace":
                parts.extend(circle(x, -122 + (1 - (x / 32) ** 2) * 14, 5.5, fill) for x in range(-32, 33, 8))
            case _:
                continue
    return "".join(parts)


def on_body(look: Look, defs: Defs) -> str:
    """A vest over fur."""
    for worn in look.accessories:
        if worn.item == "vest":
            fill = defs.solid(worn.colour)
            return (
                path("M-30,-136 C-44,-112 -52,-84 -53,-58 Q-36,-46 -12,-50 L-4,-124Z", fill)
                + path("M30,-136 C44,-112 52,-84 53,-58 Q36,-46 12,-50 L4,-124Z", fill)
                + circle(-11, -74, 4, "#fff3c9")
                + circle(-9, -96, 4, "#fff3c9")
            )
    return ""


def behind_body(look: Look, defs: Defs) -> str:
    """Cape, wings and backpack."""
    parts = []
    for worn in look.accessories:
        fill = defs.solid(worn.colour)
        match worn.item:
            case "cape":
                parts.append(
                    path(
                        "M-34,-134 L34,-134 C60,-90 84,-40 78,-8 Q40,-22 0,-8 Q-40,-22 -78,-8 C-84,-40 -60,-90 -34,-134Z",
                        fill,
                    )
                )
            case "wings":
                for side in (-1, 1):
                    wing = path(
                        "M14,-110 C60,-176 128,-168 128,-124 C126,-98 96,-92 84,-92 C108,-78 100,-46 74,-48 C46,-52 24,-76 14,-92Z",
                        fill,
                    )
                    parts.append(group(wing, f"scale({side} 1)", 'opacity="0.88"'))
            case "bat wings":
                for side in (-1, 1):
                    wing = path(
                        "M20,-104 C50,-170 96,-186 138,-180 C122,-160 128,-136 136,-118 C112,-122 100,-108 98,-90 C82,-100 56,-96 22,-76Z",
                        fill,
                    )
                    parts.append(group(wing, f"scale({side} 1)"))
            case "backpack":
                parts.append(f'<rect x="-60" y="-130" width="120" height="86" rx="26" fill="{fill}"/>')
            case _:
                continue
    return "".join(parts)


def in_front(look: Look, defs: Defs, icons: IconBook) -> str:
    """Straps and aprons: over body and arms."""
    parts = []
    for worn in look.accessories:
        if worn.item == "backpack":
            parts.append(line("M-30,-132 Q-38,-96 -34,-64 M30,-132 Q38,-96 34,-64", darker(worn.colour, 0.2), 9))
        elif worn.item == "cape":
            parts.append(circle(0, -130, 8, "#ffd34d"))
        elif worn.item == "bag":
            parts.append(line("M-30,-130 L34,-70", darker(worn.colour, 0.3), 7))
            parts.append(f'<rect x="14" y="-80" width="42" height="36" rx="9" fill="{defs.solid(worn.colour)}"/>')
    return "".join(parts)


def over_head(look: Look, defs: Defs, icons: IconBook) -> str:
    """Hats, glasses, bows and helmets, in the units of the head (150 wide around the origin)."""
    parts = []
    for worn in look.accessories:
        colour = worn.colour
        fill = defs.solid(colour)
        dark = darker(colour, 0.3)
        match worn.item:
            case "hat":
                parts.append(
                    _tilted(
                        ellipse(0, -52, 60, 13, fill)
                        + path("M-34,-54 L-29,-104 Q0,-114 29,-104 L34,-54Z", fill)
                        + line("M-33,-62 Q0,-54 33,-62", dark, 9)
                    )
                )
            case "straw hat":
                straw = defs.solid("#efc978")
                parts.append(
                    _tilted(
                        ellipse(0, -46, 84, 18, straw)
                        + path("M-44,-48 Q-42,-98 0,-98 Q42,-98 44,-48Z", straw)
                        + line("M-43,-54 Q0,-44 43,-54", colour, 10)
                    )
                )
            case "cap":
                parts.append(
                    _tilted(
                        path("M-52,-40 Q-52,-92 0,-92 Q52,-92 52,-40Z", fill)
                        + path("M10,-46 Q74,-52 88,-32 Q56,-38 12,-34Z", defs.solid(dark))
                        + circle(0, -92, 6, dark)
                    )
                )
            case "wizard hat":
                parts.append(
                    _tilted(
                        path("M-50,-50 L10,-158 Q26,-150 20,-136 L50,-50Z", fill)
                        + ellipse(0, -48, 76, 15, fill)
                        + line("M-47,-60 Q0,-48 47,-60", "#ffd34d", 8)
                        + _star(2, -96, 12)
                        + _star(-14, -76, 7)
                    )
                )
            case "crown":
                parts.append(
                    _tilted(
                        path(
                            "M-42,-46 L-50,-96 L-22,-72 L0,-106 L22,-72 L50,-96 L42,-46 Q0,-34 -42,-46Z",
                            defs.linear("#ffe27a", "#f0a92e"),
                        )
                        + circle(0, -62, 7, "#e8455f")
                        + circle(-26, -60, 5, "#4fa7ee")
                        + circle(26, -60, 5, "#4fa7ee"),
                        0,
                    )
                )
            case "party hat":
                parts.append(
                    _tilted(
                        path("M-32,-50 L0,-128 L32,-50 Q0,-38 -32,-50Z", fill)
                        + circle(0, -128, 11, "#ffd34d")
                        + circle(-8, -72, 6, "#fff")
                        + circle(10, -86, 5, "#fff")
                        + circle(12, -60, 5, "#fff")
                    )
                )
            case "winter hat":
                parts.append(
                    _tilted(
                        path("M-58,-34 Q-60,-98 0,-98 Q60,-98 58,-34Z", fill)
                        + f'<rect x="-64" y="-50" width="128" height="24" rx="12" fill="{lighter(colour, 0.5)}"/>'
                        + circle(0, -102, 16, lighter(colour, 0.6)),
                        0,
                    )
                )
            case "hood":
                parts.append(
                    path(
                        "M-70,60 C-104,-40 -60,-104 0,-104 C60,-104 104,-40 70,60 C84,-20 56,-62 0,-62 C-56,-62 -84,-20 -70,60Z",
                        fill,
                    )
                )
            case "helmet":
                parts.append(
                    path("M-62,-8 Q-68,-92 0,-92 Q68,-92 62,-8 Q30,-30 0,-30 Q-30,-30 -62,-8Z", fill)
                    + line("M0,-92 L0,-34", lighter(colour, 0.5), 7)
                    + path("M0,-92 q-6,-38 32,-34 q-16,12 -20,36Z", "#e8455f")
                )
            case "bow":
                parts.append(
                    group(
                        path("M0,0 L-34,-20 Q-40,0 -34,20Z M0,0 L34,-20 Q40,0 34,20Z", fill) + circle(0, 0, 9, dark),
                        "translate(34 -62) rotate(18)",
                    )
                )
            case "flower":
                petals = "".join(
                    ellipse(0, -13, 9, 12, fill, f'transform="rotate({angle})"') for angle in range(0, 360, 60)
                )
                parts.append(group(petals + circle(0, 0, 8, "#ffd34d"), "translate(42 -56)"))
            case "glasses":
                parts.append(
                    "".join(
                        circle(side * 28, 0, 21, "#ffffff", f'fill-opacity="0.22" stroke="{colour}" stroke-width="6"')
                        for side in (-1, 1)
                    )
                    + line("M-8,-2 Q0,-8 8,-2", colour, 6)
                )
            case "bubble":
                parts.append(
                    circle(0, -2, 104, defs.radial("#ffffff/0", "#dff4ff/0.05", "#bfe6ff/0.38", "#ffffff/0.75"))
                )
                parts.append(
                    line("M-74,-44 Q-54,-80 -18,-88", "#ffffff", 8, 'opacity="0.8"')
                    + circle(-82, -24, 5, "#ffffff", 'opacity="0.8"')
                )
                parts.append(line("M-44,90 Q0,108 44,90", "#dfe5f2", 13))
            case _:
                continue
    return "".join(parts)


def _tilted(content: str, angle: float = -7) -> str:
    return group(content, f"rotate({angle})")


def _star(x: float, y: float, r: float) -> str:
    return path(
        f"M{x},{y - r} L{x + r * 0.28:.1f},{y - r * 0.28:.1f} L{x + r},{y} L{x + r * 0.28:.1f},{y + r * 0.28:.1f} "
        f"L{x},{y + r} L{x - r * 0.28:.1f},{y + r * 0.28:.1f} L{x - r},{y} L{x - r * 0.28:.1f},{y - r * 0.28:.1f}Z",
        "#ffe27a",
    )
