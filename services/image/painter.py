"""The painter: a scene becomes pixels, layer by layer."""

import io
import random
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from PIL import Image, ImageChops

from services.image.canvas import Canvas
from services.image.colour import channels, mix
from services.image.finish import encode, finish
from services.image.icons import IconBook
from services.image.layout import Placed, arrange
from services.image.light import light_of
from services.image.places import LAMPLIT, OWN_SKY, PLACES
from services.image.rasteriser import rasterise
from services.image.rig import draw
from services.image.scene import Figure, Prop, Scene, Shot
from services.image.sky import draw_sky
from services.image.structures import boat
from services.image.svg import document
from services.image.weather import draw_front
from talestream.cancellation import check_cancelled

_HORIZON = {Shot.WIDE: 0.58, Shot.MEDIUM: 0.54, Shot.CLOSE: 0.50}
_NOTHING: Callable[[float, str], None] = lambda _fraction, _note: None  # noqa: E731


class Painter:
    """Paints scenes with the drawings of ``icons``. Thread-safe; holds no state but a cache of rendered drawings."""

    def __init__(self, icons: IconBook) -> None:
        self._icons = icons
        self._sprite = lru_cache(96)(self._render_icon)

    def paint(self, scene: Scene, width: int, height: int, progress: Callable[[float, str], None] = _NOTHING) -> bytes:
        """The scene as a PNG of ``width`` x ``height`` pixels, RGB. Raises Cancelled between layers."""
        check_cancelled()
        canvas = self._backdrop(scene, width, height)
        placed = arrange(scene, canvas)
        canvas.faces = [
            (one.x, one.y - one.height * 0.72, one.height * 0.34) for one in placed if isinstance(one.what, Figure)
        ]
        if canvas.floor_is_water:
            self._launch(canvas, placed)
        draw_front(canvas, scene)
        check_cancelled()
        progress(0.15, "backdrop")
        picture = render(
            document("".join(canvas.markup(name) for name in ("sky", "far", "mid", "ground")), (0, 0, width, height)),
            width,
            height,
        ).convert("RGB")
        for number, one in enumerate(placed):
            check_cancelled()
            progress(0.45 + 0.35 * number / len(placed), "characters")
            self._place(picture, one, canvas)
        check_cancelled()
        progress(0.85, "light")
        if canvas.layers["front"]:
            front = render(document(canvas.markup("front"), (0, 0, width, height)), width, height)
            picture.paste(front, (0, 0), front)
        check_cancelled()
        return encode(finish(picture))

    def _backdrop(self, scene: Scene, width: int, height: int) -> Canvas:
        light = light_of(scene.time, scene.weather, scene.mood)
        if scene.place in LAMPLIT and light.is_night:
            light = replace(light, ambient=mix(light.ambient, "#ffd2a0", 0.55))
        canvas = Canvas(width, height, light, random.Random(scene.seed), horizon=_HORIZON[scene.shot] * height)
        if scene.place not in OWN_SKY:
            draw_sky(canvas, scene)
        PLACES.get(scene.place, PLACES["meadow"])(canvas, scene)
        return canvas

    @staticmethod
    def _launch(canvas: Canvas, placed: list[Placed]) -> None:
        """All who are on open water and neither swim nor fly share a boat."""
        aboard = [
            one
            for one in placed
            if isinstance(one.what, Figure) and not (one.what.look.swims or one.what.look.is_airborne)
        ]
        if aboard:
            left, right = min(one.x for one in aboard), max(one.x for one in aboard)
            tall = max(one.height for one in aboard)
            water_line = max(one.y for one in aboard) + tall * 0.1
            boat(canvas, "front", (left + right) / 2, water_line, tall * 1.15 + (right - left) * 1.1)

    def _place(self, picture: Image.Image, one: Placed, canvas: Canvas) -> None:
        if isinstance(one.what, Prop):
            sprite = self._sprite(one.what.icon, max(8, round(one.height)))
            left, top = one.x - sprite.width / 2, one.y - sprite.height * 0.96
            foot, lift = one.height * 0.38, 0.0
        else:
            drawing = draw(one.what, self._icons)
            x, y, w, h = drawing.box
            sprite = render(document(drawing.markup, drawing.box), round(w * one.scale), round(h * one.scale))
            left, top = one.x + x * one.scale, one.y + y * one.scale
            foot, lift = drawing.foot_width * one.scale, drawing.lift * one.scale
        if one.has_shadow and not (canvas.floor_is_water and isinstance(one.what, Figure)):
            _shadow(picture, one.x, one.y, foot, lift, canvas)
        seen = _lit(sprite, canvas, one)
        picture.paste(seen, (round(left), round(top)), seen)

    def _render_icon(self, name: str, size: int) -> Image.Image:
        return render(document(self._icons.symbol(name), (0, 0, 32, 32)), size, size)


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


def _shadow(picture: Image.Image, x: float, y: float, foot: float, lift: float, canvas: Canvas) -> None:
    """A contact shadow on the ground; wider and paler the higher its owner is."""
    spread = 1.25 + lift / (foot * 8)
    width, height = max(2, round(foot * 2 * spread)), max(2, round(foot * 0.52 * spread))
    strength = 0.62 / (1 + lift / (foot * 1.6))
    mask = _soft_disc().resize((width, height)).point([round(value * strength) for value in range(256)])
    picture.paste(
        Image.new("RGB", (width, height), channels(canvas.light.shade)),
        (round(x - width / 2), round(y - height * 0.55)),
        mask,
    )
