"""Places above: space, the moon, a floor of clouds."""

from services.image import terrain
from services.image.canvas import Canvas
from services.image.colour import lighter, mix
from services.image.scene import Scene
from services.image.sky import cloud
from services.image.svg import circle, ellipse


def moon(canvas: Canvas, scene: Scene) -> None:
    """Grey craters under a black sky with the Earth."""
    _deep_space(canvas)
    w, h, hz, u = canvas.width, canvas.height, canvas.horizon, canvas.unit
    x, y, r = w * (0.86 if scene.hero_x <= 0.5 else 0.14), h * 0.2, 84 * u
    d = canvas.defs["sky"]
    canvas.draw(
        "sky",
        circle(x, y, r * 1.7, d.radial("#9fd4ff/0.5", "#9fd4ff/0")),
        circle(x, y, r, d.radial("#8fd0ff", "#3f8fe0", "#1d4fa3", centre=(0.35, 0.3), radius=0.8)),
    )
    canvas.draw(
        "sky",
        *(
            ellipse(x + dx * r, y + dy * r, rx * r, ry * r, "#63bf73", 'opacity="0.9"')
            for dx, dy, rx, ry in ((-0.3, -0.25, 0.34, 0.22), (0.36, 0.1, 0.28, 0.36), (-0.2, 0.5, 0.26, 0.16))
        ),
    )
    terrain.ridge(canvas, "mid", hz + 0.03 * h, 0.04 * h, "#9a9ab8", 0.15)
    edge = terrain.ground(canvas, hz + 0.1 * h, 0.025 * h, "#c9c6d9", waves=0.6)
    for _ in range(16):
        cx, near = canvas.rng.uniform(0, w), canvas.rng.random()
        cy, rx = edge(cx) + 14 * u + (h - edge(cx)) * near, u * (12 + 46 * near)
        canvas.draw(
            "ground",
            ellipse(cx, cy, rx, rx * 0.28, canvas.on("#a19db8")),
            ellipse(cx, cy + rx * 0.05, rx * 0.86, rx * 0.2, canvas.on("#8480a0")),
        )


def _deep_space(canvas: Canvas) -> None:
    rng, w, h, u = canvas.rng, canvas.width, canvas.height, canvas.unit
    d = canvas.defs["sky"]
    canvas.draw(
        "sky", f'<rect width="{w}" height="{h}" fill="{d.across("#0b0d33", "#1d1a5a", "#43307f", line=(0, 0, 0, h))}"/>'
    )
    for colour in ("#7a4fd0", "#d05fa8", "#3f7fe0", "#3fb0c9"):
        canvas.draw(
            "sky",
            ellipse(
                rng.uniform(0, w),
                rng.uniform(0, h),
                w * rng.uniform(0.2, 0.4),
                h * rng.uniform(0.2, 0.36),
                d.radial(f"{colour}/0.42", f"{colour}/0"),
            ),
        )
    for _ in range(int(240 * w * h / 921600 / max(0.6, u))):
        canvas.draw(
            "sky",
            circle(
                rng.uniform(0, w),
                rng.uniform(0, h),
                rng.choice((0.8, 1, 1.4, 2, 2.6)) * u,
                "#fff8e0",
                f'opacity="{rng.uniform(0.3, 1):.2f}"',
            ),
        )


def space(canvas: Canvas, scene: Scene) -> None:
    """Planets and a small round world to stand on."""
    _deep_space(canvas)
    w, h, u, rng = canvas.width, canvas.height, canvas.unit, canvas.rng
    d = canvas.defs["sky"]
    far = 0.8 if scene.hero_x <= 0.5 else 0.2
    for x, y, r, colour, ringed in (
        (far, 0.2, 78, "#f0a35f", True),
        (1 - far, 0.12, 40, "#7fd0c9", False),
        (1 - far * 0.86, 0.5, 24, "#e07fa8", False),
    ):
        cx, cy, rr = x * w, y * h, r * u
        back = (
            f'<ellipse cx="{cx:.0f}" cy="{cy:.0f}" rx="{rr * 1.75:.0f}" ry="{rr * 0.42:.0f}" fill="none" '
            f'stroke="#ffe3a8" stroke-width="{rr * 0.16:.1f}" opacity="0.85" transform="rotate(-16 {cx:.0f} '
            f'{cy:.0f})"/>'
        )
        canvas.draw(
            "sky",
            back if ringed else "",
            circle(cx, cy, rr, d.radial(lighter(colour, 0.45), colour, "#4a2f6e", centre=(0.35, 0.3), radius=0.9)),
        )
        if ringed:
            canvas.draw(
                "sky",
                (
                    f'<path d="M{cx - rr * 1.75:.0f},{cy:.0f} A{rr * 1.75:.0f},{rr * 0.42:.0f} 0 0 0 '
                    f'{cx + rr * 1.75:.0f},{cy:.0f}" fill="none" stroke="#fff0c9" stroke-width="{rr * 0.16:.1f}" '
                    f'transform="rotate(-16 {cx:.0f} {cy:.0f})"/>'
                ),
            )
    colour = rng.choice(("#8f7fe0", "#5fb0d9", "#e08f9f", "#7fc98f"))
    top = canvas.horizon + 0.12 * h
    radius = w * 0.75
    canvas.ground_top = lambda x: top + radius - (max(0.0, radius**2 - (x - w / 2) ** 2)) ** 0.5
    g = canvas.defs["ground"]
    canvas.draw(
        "ground",
        circle(w / 2, top + radius, radius * 1.03, f"{lighter(colour, 0.4)}", 'opacity="0.25"'),
        circle(w / 2, top + radius, radius, g.linear(lighter(colour, 0.3), colour, "#3f2f6e")),
    )
    for _ in range(14):
        cx = rng.uniform(0, w)
        cy = canvas.ground_top(cx) + rng.uniform(0.03, 0.26) * h
        rx = u * rng.uniform(12, 44)
        canvas.draw("ground", ellipse(cx, cy, rx, rx * 0.3, "#2f2558", 'opacity="0.28"'))


def clouds(canvas: Canvas, scene: Scene) -> None:
    """High in the sky, on a floor of clouds."""
    w, h, u, rng, light = canvas.width, canvas.height, canvas.unit, canvas.rng, canvas.light
    top = canvas.horizon + 0.1 * h
    canvas.ground_top = lambda _x: top
    depths = canvas.defs["far"].across(
        mix(light.cloud, light.sky[1], 0.75), mix(light.cloud, light.sky[0], 0.4), line=(0, canvas.horizon, 0, h)
    )
    canvas.draw("far", f'<rect x="0" y="{canvas.horizon + 0.03 * h:.0f}" width="{w}" height="{h}" fill="{depths}"/>')
    for number, y in enumerate((0.04, 0.1, 0.17, 0.26, 0.36, 0.48)):
        layer = ("far", "mid")[number] if number < 2 else "ground"
        size, shade = (80 + 32 * number) * u, 0.1 + 0.05 * number
        for column in range(7):
            x = (column + (0.5 if number % 2 else 0) + rng.uniform(-0.25, 0.25)) / 6 * w
            rise = canvas.horizon + (y + rng.uniform(-0.015, 0.015)) * h
            canvas.draw(layer, cloud(canvas, x, rise, size, layer=layer, shade=shade))
