"""Who can draw a page: the protocol of the image stage's providers, and the embedded one."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Protocol

from schemas import ImageRequested, Setting
from talestream.assets import asset
from talestream.made_by import OURS, Parameter
from talestream.needs import need

if TYPE_CHECKING:
    from services.image.depth import PaintedLayer
    from services.image.painter import Painter
    from services.image.planner import Planner

Progress = Callable[[float, str], None]
"""Tells how far a picture is, 0 to 1, with a short note."""


@dataclass(frozen=True)
class Drawn:
    """A finished picture."""

    png: bytes
    """RGB, of the requested size."""
    model: str
    seed: int
    missing_words: tuple[str, ...] = ()
    """Concrete nouns of the prompt that are not in the picture."""
    revision: str | None = None
    """Of the model, where it has several."""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    """How the model was run."""
    layers: "tuple[PaintedLayer, ...]" = ()
    """The picture in depth, farthest first; empty where nobody knows how far away things are."""
    setting: Setting | None = None
    """Where and when it plays; None where nobody knows."""


class Illustrator(Protocol):
    """A provider of the image stage."""

    name: str

    def illustrate(self, request: ImageRequested, progress: Progress) -> Drawn:
        """Draw one page. Blocking; calls ``check_cancelled()`` between its steps. StageError when it cannot."""
        ...


class Storybook:
    """The embedded illustrator: plans a scene from words and paints it with drawn places, rigs and Fluent pictures."""

    name = "embedded"
    model = "storybook"

    def illustrate(self, request: ImageRequested, progress: Progress) -> Drawn:
        """Draw one page; equal requests give equal bytes."""
        planner, painter = _engine()
        scene = planner.plan(request)
        progress(0.05, f"{scene.place}, {scene.time}")
        made = painter.paint(scene, request.width, request.height, progress)
        setting = Setting(place=scene.place, time=scene.time)
        return Drawn(made.png, self.model, request.seed, scene.missing_words, OURS, layers=made.layers, setting=setting)

    def warm_up(self) -> None:
        """Read index and lexicon and start the drawing processes now rather than at the first page."""
        from services.image.rasteriser import rasterise  # noqa: PLC0415

        _engine()
        rasterise('<svg xmlns="http://www.w3.org/2000/svg"/>', 8, 8)


_loading = threading.Lock()


def _engine() -> "tuple[Planner, Painter]":
    with _loading:
        return _load()


@cache
def _load() -> "tuple[Planner, Painter]":
    from services.image.cues import prop_table  # noqa: PLC0415  Pillow and the rest take a second to import
    from services.image.icons import IconBook  # noqa: PLC0415
    from services.image.lexicon import Lexicon  # noqa: PLC0415
    from services.image.painter import Painter  # noqa: PLC0415
    from services.image.planner import Planner  # noqa: PLC0415

    icons = IconBook(asset("fluent-emoji/icons.json"))
    lexicon = Lexicon(asset("emojibase/en.json"), asset("emojibase/zh.json"), icons, prop_table()["aliases"])
    return Planner(lexicon), Painter(icons)


def embedded() -> Storybook:
    """The provider ``embedded`` of the image stage."""
    need("embedded", "PIL", "resvg_py")
    return Storybook()
