"""The painter: a scene becomes pixels, layer by layer."""

import io
import random
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from PIL import Image, ImageChops

from services.image.afloat import boat, foam
from services.image.canvas import Canvas
from services.image.colour import channels, mix
from services.image.depth import Painted, lay, painted
from services.image.icons import IconBook
from services.image.landmarks import draw_landmark
from services.image.layout import Placed, arrange
from services.image.light import light_of
from services.image.places import LAMPLIT, NO_LAND, OWN_SKY, PLACES, ROOMS, SNOWED_ON
from services.image.rasteriser import rasterise
from services.image.rig import draw
from services.image.scene import Figure, Pose, Prop, Scene, Weather
from services.image.sky import draw_sky
from services.image.svg import document, group
from services.image.tint import tinted
from services.image.weather import draw_front
from talestream.cancellation import check_cancelled

_TILT = 0.6
"""Of what a nearer view leaves out of a place's height, the share that is above it."""
_DEPTHS = ((("sky", "far"), 1.0), (("mid",), 0.5), (("ground",), 0.0))
"""Layers of the canvas that stay together, and how far away they are: 0 where the cast stands, 1 as far as the sky."""
_COARSE = 4
"""Pixels of a picture to one of its air, on each side."""
_NOTHING: Callable[[float, str], None] = lambda _fraction, _note: None  # noqa: E731


class Painter:
    """Paints scenes with the drawings of ``icons``. Thread-safe; holds no state but a cache of rendered drawings."""

    def __init__(self, icons: IconBook) -> None:
        self._icons = icons
        self._sprite = lru_cache(96)(self._render_icon)

    def paint(
        self, scene: Scene, width: int, height: int, progress: Callable[[float, str], None] = _NOTHING
    ) -> Painted:
        """The scene as pictures of ``width`` x ``height`` pixels. Raises Cancelled between layers."""
        check_cancelled()
        place, left, top = place_of_scene(scene, width, height)
        canvas = place.window(left, top, width, height)
        placed = arrange(scene, canvas)
        canvas.faces = [
            (one.x, one.y - one.height * 0.72, one.height * 0.34) for one in placed if isinstance(one.what, Figure)
        ]
        if canvas.floor_is_water:
            self._launch(canvas, placed)
        draw_front(canvas, scene)
        seen = (left, top, width, height)
        pictures: list[tuple[Image.Image, float]] = []
        for number, (names, depth) in enumerate(_DEPTHS):
            check_cancelled()
            progress(0.15 + 0.1 * number, "backdrop")
            markup = "".join(place.markup(name) for name in names if place.layers[name])
            if markup or depth == 0:
                pictures.append((render(document(markup, seen), width, height), depth))
        if place.layers["air"]:
            pictures[0] = _before_air(pictures[0][0], document(place.markup("air"), seen)), pictures[0][1]
        near = pictures[-1][0]
        for number, one in enumerate(placed):
            check_cancelled()
            progress(0.45 + 0.35 * number / len(placed), "characters")
            self._place(near, one, canvas)
            if canvas.floor_is_water and isinstance(one.what, Figure) and _is_in_water(one.what):
                _sink(near, one, one.what, canvas)
        check_cancelled()
        progress(0.85, "light")
        if canvas.layers["front"] or place.layers["front"]:
            before = group(place.markup("front"), f"translate({-left:g} {-top:g})") + canvas.markup("front")
            near.alpha_composite(render(document(before, (0, 0, width, height)), width, height))
        check_cancelled()
        return painted(pictures)

    @staticmethod
    def _launch(canvas: Canvas, placed: list[Placed]) -> None:
        """All who are on open water and neither swim nor fly share a boat."""
        aboard = [
            one
            for one in placed
            if isinstance(one.what, Figure) and not (_is_in_water(one.what) or one.what.look.is_airborne)
        ]
        if aboard:
            left, right = min(one.x for one in aboard), max(one.x for one in aboard)
            tall = max(one.height for one in aboard)
            water_line = max(one.y for one in aboard) + tall * 0.1
            boat(canvas, "front", (left + right) / 2, water_line, tall * 1.15 + (right - left) * 1.1)

    def _place(self, near: Image.Image, one: Placed, canvas: Canvas) -> None:
        if isinstance(one.what, Prop):
            sprite = self._sprite(one.what.icon, max(8, round(one.height)))
            drawn = sprite.getbbox() or (0, 0, *sprite.size)
            left, top = one.x - sprite.width / 2, one.y - drawn[3] + 0.02 * one.height
            foot, lift = max(0.2 * one.height, 0.42 * (drawn[2] - drawn[0])), 0.0
        else:
            drawing = draw(one.what, self._icons)
            x, y, w, h = drawing.box
            sprite = render(document(drawing.markup, drawing.box), round(w * one.scale), round(h * one.scale))
            if one.what.look.tint:
                sprite = tinted(sprite, one.what.look.tint)
            left, top = one.x + x * one.scale, one.y + y * one.scale
            foot, lift = drawing.foot_width * one.scale, drawing.lift * one.scale
        if one.has_shadow and not (canvas.floor_is_water and isinstance(one.what, Figure)):
            _shadow(near, one.x, one.y, foot, lift, canvas)
        lay(near, _lit(sprite, canvas, one), round(left), round(top))

    def _render_icon(self, name: str, size: int) -> Image.Image:
        return render(document(self._icons.symbol(name), (0, 0, 32, 32)), size, size)


def place_of_scene(scene: Scene, width: int, height: int) -> tuple[Canvas, float, float]:
    """The whole place, ``zoom`` times as large as the picture, and the upper left corner of what is seen of it."""
    light = light_of(scene.time, scene.weather, scene.mood)
    if scene.place in LAMPLIT and light.is_night:
        light = replace(light, ambient=mix(light.ambient, "#ffd2a0", 0.55))
    whole = round(width * scene.zoom), round(height * scene.zoom)
    left, top = (whole[0] - width) * scene.pan, (whole[1] - height) * _TILT
    rng = random.Random(scene.place_seed if scene.place in ROOMS else scene.seed)
    canvas = Canvas(*whole, light, rng, horizon=scene.horizon * height + top, seen=(left, top, width, height))
    canvas.is_snowy = scene.weather is Weather.SNOW and scene.place in SNOWED_ON
    around_hero = replace(scene, hero_x=(scene.hero_x * width + left) / whole[0])
    if scene.place not in OWN_SKY:
        draw_sky(canvas, around_hero)
    PLACES.get(scene.place, PLACES["meadow"])(canvas, around_hero)
    if scene.landmark and scene.place not in NO_LAND:
        draw_landmark(canvas, around_hero)
    return canvas, left, top


def _sink(near: Image.Image, one: Placed, figure: Figure, canvas: Canvas) -> None:
    """Water around somebody who swims, over its feet, and behind whoever is nearer."""
    sunk = 0.04 if figure.pose is not Pose.SWIM else 0.36 if figure.look.body == "whole" else 0.24
    size, y = 1.15 * one.height, one.y - sunk * one.height
    water = canvas.window(0, 0, canvas.width, canvas.height)
    foam(water, "front", one.x, y, size)
    box = (one.x - 0.65 * size, y - 0.15 * size, 1.3 * size, 0.4 * size)
    lay(near, render(document(water.markup("front"), box), round(box[2]), round(box[3])), round(box[0]), round(box[1]))


def _is_in_water(figure: Figure) -> bool:
    return figure.look.swims or figure.pose is Pose.SWIM


def _before_air(sky: Image.Image, air: str) -> Image.Image:
    """The sky before the air, which has no edges and is drawn small: its gradients would be a tenth of the work."""
    width, height = sky.size
    small = render(air, max(1, width // _COARSE), max(1, height // _COARSE))
    whole = small.resize(sky.size, Image.Resampling.BICUBIC)
    whole.alpha_composite(sky)
    return whole


def render(svg: str, width: int, height: int) -> Image.Image:
    """Rasterise, RGBA."""
    return Image.open(io.BytesIO(rasterise(svg, width, height))).convert("RGBA")


def _lit(sprite: Image.Image, canvas: Canvas, one: Placed) -> Image.Image:
    """The sprite in the scene's light; figures keep more of their own colours, so that they stay the focus."""
    light = canvas.light
    keep = 0.55 if isinstance(one.what, Figure) else 0.3
    ambient = mix(light.ambient, "#ffffff", keep)
    seen = ImageChops.multiply(sprite.convert("RGB"), Image.new("RGB", sprite.size, channels(ambient)))
    if one.depth:
        seen = Image.blend(seen, Image.new("RGB", sprite.size, channels(light.haze)), min(0.6, one.depth * 0.7))
    seen.putalpha(sprite.getchannel("A"))
    return seen


@lru_cache(1)
def _soft_disc() -> Image.Image:
    """A disc that fades out, as a mask."""
    size = 64
    disc = Image.new("L", (size, size))
    centre = (size - 1) / 2
    disc.putdata(
        [
            round(255 * max(0.0, 1 - (((x - centre) ** 2 + (y - centre) ** 2) ** 0.5) / centre) ** 0.8)
            for y in range(size)
            for x in range(size)
        ]
    )
    return disc


def _shadow(near: Image.Image, x: float, y: float, foot: float, lift: float, canvas: Canvas) -> None:
    """A contact shadow on the ground; wider and paler the higher its owner is."""
    spread = 1.25 + lift / (foot * 8)
    width, height = max(2, round(foot * 2 * spread)), max(2, round(foot * 0.52 * spread))
    strength = 0.62 / (1 + lift / (foot * 1.6))
    shadow = Image.new("RGBA", (width, height), channels(canvas.light.shade))
    shadow.putalpha(_soft_disc().resize((width, height)).point([round(value * strength) for value in range(256)]))
    lay(near, shadow, round(x - width / 2), round(y - height * 0.55))
