"""The image stage with its embedded provider: a page's request becomes its picture."""

import hashlib
import io
import random
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from schemas import Character, ImageRequested, Mood, Setting, TimeOfDay
from services.image.canvas import Canvas
from services.image.layout import arrange
from services.image.light import light_of
from services.image.painter import Painter
from services.image.places import PLACES
from services.image.providers import Storybook, embedded
from services.image.scene import Figure, Look, Pose, Scene, Shot, Weather
from services.image.stage import illustrate
from services.image.staging import fitted, staging
from talestream.errors import Cancelled
from talestream.providers import Providers
from talestream.stage import StageContext
from tests.folder_store import FolderStore

FOX = Character(name="Finn", kind="fox", description="orange fur, blue scarf")


@pytest.fixture(scope="module")
def storybook() -> Storybook:
    return embedded()


def asked(prompt: str, **more: object) -> ImageRequested:
    return ImageRequested.model_validate(
        {"task_id": 5, "page": 1, "page_count": 6, "prompt": prompt, "characters": (FOX,), "seed": 11} | more
    )


def picture_of(storybook: Storybook, request: ImageRequested) -> Image.Image:
    png = storybook.illustrate(request, lambda _fraction, _note: None).png
    picture = Image.open(io.BytesIO(png))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (request.width, request.height))
    return picture


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280), (720, 720), (64, 64)])
@pytest.mark.parametrize("prompt", ["Finn the fox in the forest at night", "小狐狸在海边看日落"])
def test_a_page_is_a_picture_of_the_requested_size_full_of_colour(
    storybook: Storybook, prompt: str, width: int, height: int
) -> None:
    picture = picture_of(storybook, asked(prompt, width=width, height=height))
    statistics = ImageStat.Stat(picture)
    assert min(statistics.stddev) > 15
    assert 20 < sum(statistics.mean) / 3 < 235


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280), (720, 720)])
def test_the_hero_is_in_the_picture_where_the_layout_puts_it(storybook: Storybook, width: int, height: int) -> None:
    with_hero = picture_of(storybook, asked("Finn stands in a meadow", width=width, height=height))
    look_alike = asked(
        "Finn stands in a meadow", width=width, height=height, characters=(FOX.model_copy(update={"kind": "panda"}),)
    )
    difference = (
        ImageChops.difference(with_hero, picture_of(storybook, look_alike)).convert("L").point(lambda v: 255 * (v > 40))
    )
    box = difference.getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert left >= 0.04 * width
    assert right <= 0.96 * width
    assert top >= 0.08 * height
    assert bottom <= 0.88 * height
    assert bottom - top > 0.2 * height


def test_the_same_request_gives_the_same_bytes(storybook: Storybook) -> None:
    request = asked("Finn flies a kite on a windy hill", width=640, height=360)
    once, again = (storybook.illustrate(request, lambda _fraction, _note: None).png for _ in range(2))
    assert hashlib.sha256(once).hexdigest() == hashlib.sha256(again).hexdigest()


def test_another_seed_or_page_gives_another_picture(storybook: Storybook) -> None:
    requests = [
        asked("Finn in the forest", width=320, height=180, seed=seed, page=page)
        for seed, page in ((1, 1), (2, 1), (1, 2))
    ]
    assert len({storybook.illustrate(request, lambda _fraction, _note: None).png for request in requests}) == 3


@pytest.mark.parametrize("place", sorted(PLACES))
@pytest.mark.parametrize("time", list(TimeOfDay))
def test_every_place_can_be_painted_at_every_time_in_any_weather(painter: Painter, place: str, time: TimeOfDay) -> None:
    weather = list(Weather)[len(place) % len(Weather)]
    scene = Scene(
        place=place, time=time, weather=weather, shot=Shot.WIDE, cast=(Figure(Look("fox", "plush", "fox")),), seed=4
    )
    picture = Image.open(io.BytesIO(painter.paint(scene, 160, 90).png))
    assert max(ImageStat.Stat(picture).stddev) > 8


@pytest.fixture(scope="module")
def painter() -> Painter:
    from services.image.icons import IconBook  # noqa: PLC0415
    from talestream.assets import asset  # noqa: PLC0415

    return Painter(IconBook(asset("fluent-emoji/icons.json")))


@pytest.mark.parametrize("place", sorted(set(PLACES) - {"space"}))
def test_the_cast_stands_on_the_ground_of_every_place(place: str) -> None:
    for seed in range(8):
        staged = staging(1, 6, seed, Mood.CALM, ordered=Shot.WIDE, figures=1)
        staged = fitted(staged, place, Pose.STAND, shows_all=False)
        scene = Scene(place=place, shot=Shot.WIDE, horizon=staged.horizon, cast=(Figure(Look("fox", "plush")),))
        light = light_of(TimeOfDay.DAY, Weather.CLEAR, Mood.CALM)
        canvas = Canvas(1280, 720, light, random.Random(seed), horizon=staged.horizon * 720)
        PLACES[place](canvas, scene)
        for one in arrange(scene, canvas):
            assert one.y >= canvas.ground_top(one.x)


async def test_the_stage_stores_the_picture_and_tells_what_is_missing(tmp_path: Path) -> None:
    request = asked("At dawn the fox looks at a turnstile in the forest", page=3, width=320, height=180)
    notes: list[str] = []
    context = StageContext(
        request,
        FolderStore(tmp_path / "store"),
        Providers(),
        tmp_path,
        on_progress=lambda _fraction, note: notes.append(note),
    )
    result = await illustrate(request, context)
    assert (result.page, result.missing_words) == (3, ("turnstile",))
    assert result.setting == Setting(place="forest", time=TimeOfDay.DAWN)
    artifact = result.picture
    assert artifact.path.endswith("image/p3.png")
    assert (artifact.role, artifact.mime) == ("picture", "image/png")
    assert (artifact.provider, artifact.model, artifact.seed) == ("embedded", "storybook", 11)
    flat = Image.open(io.BytesIO(await context.get(artifact.uri)))
    assert flat.size == (320, 180)
    assert [layer.depth for layer in result.layers] == [1.0, 0.5, 0.0]
    assert {layer.picture.role for layer in result.layers} == {"layer"}
    farthest, *nearer = [Image.open(io.BytesIO(await context.get(layer.picture.uri))) for layer in result.layers]
    together = farthest.convert("RGBA")
    for layer in nearer:
        together.alpha_composite(layer)
    difference = ImageChops.difference(together.convert("RGB"), flat)
    assert not difference.point(lambda value: 255 * (value > 2)).getbbox()
    assert "backdrop" in notes


async def test_a_picture_that_the_user_has_is_the_pages(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    photograph = io.BytesIO()
    Image.new("RGB", (400, 100), "teal").save(photograph, "JPEG")
    given = await store.put("given/1", photograph.getvalue(), "image/jpeg")
    request = asked("The fox looks at a turnstile", page=3, width=320, height=180, given=given)
    context = StageContext(request, store, Providers(), tmp_path)
    result = await illustrate(request, context)
    picture = Image.open(io.BytesIO(await context.get(result.picture.uri)))
    assert (picture.format, picture.size) == ("PNG", (320, 180))
    difference = ImageChops.difference(picture, Image.new("RGB", (320, 180), "teal"))
    assert not difference.point(lambda value: 255 * (value > 3)).getbbox()
    assert (result.picture.provider, result.picture.degraded, result.missing_words) == ("user", None, ())


async def test_a_cancelled_page_is_not_drawn(tmp_path: Path) -> None:
    request = asked("The fox in the forest", width=320, height=180)
    context = StageContext(request, FolderStore(tmp_path / "store"), Providers(), tmp_path)
    context.cancelled.set()
    with pytest.raises(Cancelled):
        await illustrate(request, context)
    assert context.artifacts == []
