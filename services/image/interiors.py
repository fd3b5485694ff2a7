"""Indoor places: rooms, kitchens, caves."""

from services.image import terrain
from services.image.canvas import Canvas
from services.image.colour import darker, lighter
from services.image.layout import feet_y, hero_height
from services.image.room import lamp, rug, shelf, shell, window
from services.image.scene import Pose, Scene
from services.image.svg import circle, ellipse, group, line, path, rect


def bedroom(canvas: Canvas, scene: Scene) -> None:
    """A child's room: bed, window, shelf, rug."""
    w, h, u, rng = canvas.width, canvas.height, canvas.unit, canvas.rng
    y = shell(canvas, rng.choice(("#a9c7ea", "#f4cfc0", "#c9dcb0", "#d9c3ea")), "#c98f5f")
    is_left = scene.hero_x > 0.5
    size = min(h * 0.3, w * (0.26 if w > h else 0.4))
    window(canvas, w * (0.62 if is_left else 0.22) - size * 0.2, h * 0.13, size, scene)
    cover = rng.choice(("#5b86d6", "#e8707f", "#59b08f"))
    is_asleep = bool(scene.cast) and scene.cast[0].pose is Pose.SLEEP
    if not is_asleep:
        _bed(canvas, w * (0.16 if is_left else 0.84), y + 66 * u, min(w * 0.36, 400 * u), cover)
    _pictures(canvas, w * (0.36 if is_left else 0.56), h * 0.2)
    shelf(canvas, w * (0.88 if is_left else 0.06), h * 0.3)
    rug(canvas, rng.choice(("#e8a05f", "#7f9fd9", "#d98fa8")))
    if is_asleep:
        _wide_bed(canvas, scene, cover)
    if canvas.light.is_night:
        lamp(canvas, w * (0.9 if is_left else 0.12), h * 0.46)


def _bed(canvas: Canvas, x: float, y: float, width: float, cover: str) -> None:
    """A made bed seen from the side, its feet at (x, y)."""
    u, cloth, wood = canvas.unit, canvas.on(cover), canvas.on("#a5683f")
    left, right = x - width / 2, x + width / 2
    blanket = (
        f"M{x - width * 0.14:.0f},{y - 100 * u:.0f} Q{x + width * 0.2:.0f},{y - 114 * u:.0f} "
        f"{right - 14 * u:.0f},{y - 94 * u:.0f} V{y - 32 * u:.0f} H{x - width * 0.16:.0f}Z"
    )
    canvas.draw(
        "ground",
        ellipse(x, y, width * 0.56, 16 * u, canvas.light.shade, 'opacity="0.28"'),
        rect(left, y - 166 * u, 18 * u, 166 * u, wood, 8 * u),
        rect(right - 18 * u, y - 116 * u, 18 * u, 116 * u, wood, 8 * u),
        rect(left, y - 54 * u, width, 34 * u, wood, 6 * u),
        rect(left + 14 * u, y - 92 * u, width - 28 * u, 46 * u, canvas.on("#fffaf0"), 14 * u),
        path(blanket, canvas.defs["ground"].linear(lighter(cloth, 0.15), cloth)),
        ellipse(x - width * 0.3, y - 102 * u, width * 0.13, 20 * u, canvas.on("#ffffff")),
    )
    canvas.taken.append((left, right))


def _wide_bed(canvas: Canvas, scene: Scene, cover: str) -> None:
    """The bed in which the sleeping cast lies."""
    child, y, u = hero_height(canvas, scene), feet_y(canvas, scene), canvas.unit
    x, half = scene.hero_x * canvas.width, child * (0.72 + 0.4 * (len(scene.cast) - 1))
    left, right = max(0.03 * canvas.width, x - half), min(0.97 * canvas.width, x + half)
    wood, cloth = canvas.on("#a5683f"), canvas.on(cover)
    deep = child * 0.17
    canvas.draw(
        "ground",
        ellipse((left + right) / 2, y + deep * 1.3, (right - left) * 0.55, 16 * u, canvas.light.shade, 'opacity="0.3"'),
        rect(left - 16 * u, y - child * 0.5, 26 * u, child * 0.5 + deep * 1.3, wood, 12 * u),
        rect(right - 10 * u, y - child * 0.26, 26 * u, child * 0.26 + deep * 1.3, wood, 12 * u),
        rect(left, y - child * 0.09, right - left, deep, canvas.on("#fffaf0"), 16 * u),
        rect(
            left,
            y - child * 0.03,
            right - left,
            deep * 1.1,
            canvas.defs["ground"].linear(lighter(cloth, 0.2), cloth),
            12 * u,
        ),
        ellipse(left + child * 0.24, y - child * 0.1, child * 0.22, child * 0.1, canvas.on("#ffffff")),
    )
    canvas.taken.append((left, right))


def _pictures(canvas: Canvas, x: float, y: float) -> None:
    """Two framed drawings on the wall."""
    u, rng = canvas.unit, canvas.rng
    for dx, dy, size in ((0.0, 0.0, 84 * u), (104 * u, 26 * u, 62 * u)):
        paper, ink = rng.sample(("#ffe9b8", "#cfe8f2", "#f7d0d8", "#d8ecc4"), 2)
        left, top = x + dx, y + dy
        canvas.draw(
            "far",
            rect(left - 6 * u, top - 6 * u, size + 12 * u, size * 0.8 + 12 * u, canvas.on("#a5683f"), 5 * u),
            rect(left, top, size, size * 0.8, canvas.on(paper), 2 * u),
            circle(left + size * 0.7, top + size * 0.25, size * 0.11, canvas.on("#f7b94d")),
            path(
                f"M{left:.0f},{top + size * 0.8:.0f} q{size * 0.3:.0f},{-size * 0.5:.0f} {size * 0.6:.0f},0Z",
                canvas.on(darker(ink, 0.2)),
            ),
            path(
                (
                    f"M{left + size * 0.4:.0f},{top + size * 0.8:.0f} q{size * 0.3:.0f},{-size * 0.36:.0f} "
                    f"{size * 0.6:.0f},0Z"
                ),
                canvas.on(darker(ink, 0.35)),
            ),
        )


def kitchen(canvas: Canvas, scene: Scene) -> None:
    """Tiles, a stove, cupboards, a window."""
    w, h, u, rng = canvas.width, canvas.height, canvas.unit, canvas.rng
    y = shell(canvas, rng.choice(("#f7e0ad", "#bfe0d3", "#f4cdb8")), "#d9a873")
    for row in range(3):
        for column in range(int(w / (44 * u)) + 1):
            tile = canvas.on("#ffffff" if (row + column) % 2 else "#9fd0d9")
            canvas.draw("far", rect(column * 44 * u, y - (190 - row * 44) * u, 42 * u, 42 * u, tile, 4 * u))
    is_left = scene.hero_x > 0.5
    window(canvas, w * (0.6 if is_left else 0.24), h * 0.08, min(h * 0.24, w * 0.22), scene)
    wood, top = canvas.on("#d98f5f"), canvas.on("#f7efe2")
    bw = w * 0.4
    for x0 in ((-bw * 0.12), (w - bw * 0.88)):
        canvas.draw(
            "ground",
            rect(x0, y - 76 * u, bw, 126 * u, wood, 6 * u),
            rect(x0 - 8 * u, y - 90 * u, bw + 16 * u, 20 * u, top, 6 * u),
        )
        doors = max(2, int(bw / (110 * u)))
        for number in range(doors):
            canvas.draw(
                "ground",
                rect(
                    x0 + (number + 0.08) * bw / doors,
                    y - 58 * u,
                    bw / doors * 0.84,
                    94 * u,
                    canvas.on("#e8ab7c"),
                    8 * u,
                ),
                circle(x0 + (number + 0.5) * bw / doors, y - 44 * u, 5 * u, canvas.on("#8a5a3c")),
            )
    sx = w * (0.1 if is_left else 0.9)
    canvas.draw(
        "ground",
        rect(sx - 62 * u, y - 92 * u, 124 * u, 144 * u, canvas.on("#eceff7"), 8 * u),
        rect(sx - 44 * u, y - 40 * u, 88 * u, 62 * u, canvas.on("#454a63"), 8 * u),
        circle(sx, y - 8 * u, 20 * u, "#ffb65c", 'opacity="0.8"'),
    )
    pot = canvas.defs["ground"].linear(canvas.on("#f27f6f"), canvas.on("#b8404a"))
    canvas.draw(
        "ground",
        path(
            (
                f"M{sx - 44 * u:.0f},{y - 140 * u:.0f} h{88 * u:.0f} v{34 * u:.0f} q0,{16 * u:.0f} "
                f"{-18 * u:.0f},{16 * u:.0f} h{-52 * u:.0f} q{-18 * u:.0f},0 {-18 * u:.0f},{-16 * u:.0f}Z"
            ),
            pot,
        ),
        *(
            line(
                f"M{sx + dx * u:.0f},{y - 150 * u:.0f} q{-12 * u:.0f},{-18 * u:.0f} 0,{-34 * u:.0f} t0,{-30 * u:.0f}",
                "#ffffff",
                6 * u,
                'opacity="0.5"',
            )
            for dx in (-20, 4, 26)
        ),
    )
    rug(canvas, "#d96f6f")


def cave(canvas: Canvas, scene: Scene) -> None:
    """Rock walls with a bright mouth and crystals."""
    w, h, u, rng = canvas.width, canvas.height, canvas.unit, canvas.rng
    light, d = canvas.light, canvas.defs["far"]
    canvas.is_indoors = True
    rock = "#6f6a8f"
    canvas.draw("sky", rect(0, 0, w, h, canvas.defs["sky"].across(*light.sky, line=(0, 0, 0, h * 0.7))))
    terrain.ridge(canvas, "sky", h * 0.6, 0.03 * h, "#7cbf8f", 0.4)
    mx, my, rx, ry = w * (0.66 if scene.hero_x <= 0.5 else 0.34), h * 0.42, min(w * 0.3, h * 0.42), h * 0.33
    hole = (
        f"M{mx - rx:.0f},{my + ry * 0.9:.0f} C{mx - rx * 1.1:.0f},{my - ry * 0.5:.0f} "
        f"{mx - rx * 0.5:.0f},{my - ry * 1.1:.0f} {mx:.0f},{my - ry:.0f} "
        f"C{mx + rx * 0.6:.0f},{my - ry * 1.05:.0f} {mx + rx * 1.15:.0f},{my - ry * 0.3:.0f} "
        f"{mx + rx:.0f},{my + ry * 0.9:.0f}Z"
    )
    fill = d.across("#6a6390", "#857ca6", "#554f7c", line=(0, 0, w, h))
    canvas.draw(
        "far",
        f'<path fill-rule="evenodd" d="M0,0 H{w} V{h} H0Z {hole}" fill="{fill}"/>',
        line(hole, lighter(rock, 0.25), 8 * u, 'opacity="0.5"'),
    )
    canvas.draw("far", circle(mx, my + ry * 0.4, rx * 2.1, d.radial(f"{light.glow}/0.35", f"{light.glow}/0")))
    for number in range(11):
        x, tall, half = (number + rng.random()) / 11 * w, h * rng.uniform(0.05, 0.17), u * rng.uniform(14, 34)
        canvas.draw(
            "mid",
            path(
                f"M{x - half:.0f},-5 L{x:.0f},{tall:.0f} L{x + half:.0f},-5Z",
                canvas.defs["mid"].linear("#3a3656", "#6b668c"),
            ),
        )
    top = h * 0.7
    terrain.ground(canvas, top, 0.02 * h, "#a79fc0", waves=1.2)
    for x in (0.06, 0.16, 0.88, 0.97):
        _crystal(
            canvas,
            x * w,
            top + rng.uniform(0.02, 0.12) * h,
            u * rng.uniform(50, 110),
            rng.choice(("#7fe0f0", "#c99bff", "#ff9fd0", "#9fffc9")),
        )


def _crystal(canvas: Canvas, x: float, y: float, size: float, colour: str) -> None:
    d = canvas.defs["ground"]
    canvas.draw("ground", circle(x, y - size * 0.4, size * 0.9, d.radial(f"{colour}/0.45", f"{colour}/0")))
    for dx, tall, turn in ((-0.22, 0.6, -16), (0.2, 0.7, 14), (0.0, 1.0, 0)):
        shard = path(
            (
                f"M{-size * 0.14:.1f},0 L{-size * 0.14:.1f},{-size * tall * 0.7:.1f} L0,{-size * tall:.1f} "
                f"L{size * 0.14:.1f},{-size * tall * 0.7:.1f} L{size * 0.14:.1f},0Z"
            ),
            d.linear(lighter(colour, 0.6), colour, darker(colour, 0.3), angle=(0, 0, 1, 1)),
        )
        canvas.draw("ground", group(shard, f"translate({x + dx * size:.1f} {y:.1f}) rotate({turn})"))
