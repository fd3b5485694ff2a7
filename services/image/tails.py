"""Tails by name, drawn behind the body at its right."""

from services.image.colour import darker, lighter
from services.image.scene import Look
from services.image.svg import Defs, circle, line, path


def tail(look: Look, defs: Defs) -> str:
    """The tail of a look; nothing for a name that is no tail."""
    coat = look.coat
    match look.tail:
        case "bushy":
            return path(
                "M30,-34 C84,-18 120,-64 112,-128 C110,-146 94,-150 90,-134 C84,-100 62,-84 34,-66Z", defs.solid(coat)
            ) + path(
                "M112,-128 C110,-146 94,-150 90,-134 C89,-126 87,-119 84,-112 C96,-104 106,-106 113,-112Z", "#fff6e6"
            )
        case "curl":
            return path(
                "M26,-30 C90,-10 128,-70 112,-150 C100,-206 44,-206 46,-166 C64,-176 78,-158 74,-132 C70,-104 50,-84 26,-72Z",
                defs.solid(coat),
            ) + line("M52,-42 C90,-58 100,-110 92,-150", lighter(coat, 0.35), 9, 'opacity="0.7"')
        case "long":
            return line("M32,-36 C84,-20 96,-64 84,-96 C80,-112 92,-124 104,-118", darker(coat, 0.06), 16)
        case "ringed":
            curve = "M32,-38 C84,-22 98,-66 92,-104 C90,-118 94,-128 100,-134"
            return line(curve, coat, 24) + line(
                curve, darker(coat, 0.6), 24, 'stroke-dasharray="12 20" stroke-linecap="butt"'
            )
        case "thin":
            return line("M34,-34 C90,-14 104,-58 92,-90 C88,-104 100,-112 110,-104", "#e79aa8", 7)
        case "tuft":
            return line("M32,-36 C86,-20 100,-66 92,-98", coat, 10) + circle(
                93, -106, 15, defs.solid(darker(coat, 0.5))
            )
        case "puff":
            return circle(48, -44, 20, defs.solid(lighter(coat, 0.6)))
        case "spiral":
            return line("M40,-50 C64,-46 66,-72 52,-70 C42,-66 54,-50 72,-62", darker(coat, 0.1), 8)
        case "stub":
            return circle(46, -42, 14, defs.solid(coat))
        case "spiked":
            spikes = "".join(path(f"M{x},{y} l10,-20 l12,16Z", "#ffd166") for x, y in ((52, -46), (78, -58), (96, -84)))
            return spikes + path("M20,-30 C70,-14 118,-40 128,-120 C104,-74 80,-66 30,-74Z", defs.solid(coat))
        case "hair":
            return path(
                "M34,-60 C80,-84 116,-40 96,4 C86,-14 70,-12 62,0 C66,-30 52,-40 34,-42Z",
                defs.linear("#ff9ad5", "#a98bf5", "#6fb4ff"),
            )
        case "mane":
            return path(
                "M34,-60 C80,-84 112,-40 94,4 C84,-14 70,-12 62,0 C66,-30 52,-40 34,-42Z", defs.solid("#4a2f22")
            )
        case _:
            return ""
