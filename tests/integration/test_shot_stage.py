"""Pages that are encoded as they come: by orders of their own, on any worker, before the film is."""

from pathlib import Path

import pytest

from schemas import Aspect, Cut, FilmPage, Mood, Output, OutputFormat, ShotRequested, VideoRequested, Word, WordTimes
from services.video import production
from services.video.composer import FfmpegComposer
from services.video.shot_stage import encode
from services.video.stage import compose
from talestream.errors import BadInput
from talestream.video_settings import VideoSettings
from tests.film_shoot import Shoot
from tests.ml.hand import Only

PAGES = 4
OUTPUTS = (Output(format=OutputFormat.MP4, aspect=Aspect.TALL), Output(format=OutputFormat.JPEG))


@pytest.fixture
def shoot(tmp_path: Path) -> Shoot:
    return Shoot(tmp_path)


def film_of(shoot: Shoot, **more: object) -> VideoRequested:
    """An order for a film with cards, captions that light up, another shape and music."""
    words = WordTimes(words=(Word(text="Page", start_s=0.2, end_s=0.5), Word(text="one.", start_s=0.5, end_s=1.0)))
    times = shoot.save("words.json", words.model_dump_json().encode())
    pages = [
        FilmPage(
            picture=shoot.picture(f"p{number}.png", colour=(40 * number, 90, 200)),
            clips=(shoot.clip(f"c{number}", 8.4 if number == 2 else 1.2, text="Page one.", words=times),),
            mood=list(Mood)[number],
        )
        for number in range(1, PAGES + 1)
    ]
    said = {"title": "A Title", "cut": Cut(captions="karaoke"), "burn_captions": True, "outputs": OUTPUTS, "seed": 3}
    return shoot.request(pages, **said, music=shoot.music(9), **more)


def shot_of(film: VideoRequested, page: int) -> ShotRequested:
    shared = ("task_id", "title", "language", "width", "height", "fps", "burn_captions", "cut", "outputs", "seed")
    return ShotRequested(
        page=page,
        page_count=len(film.pages),
        shown=film.pages[page - 1],
        before=film.pages[page - 2] if page > 1 else None,
        has_music=film.music is not None,
        **{name: getattr(film, name) for name in shared},
    )


async def test_a_film_is_joined_from_what_its_shots_left_and_is_as_if_it_was_made_at_once(
    shoot: Shoot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = film_of(shoot)
    (tmp_path / "other").mkdir()
    other = Shoot(tmp_path / "other")
    at_once, _ = await other.compose(film_of(other))
    counts = [
        (await encode(shot_of(film, page), shoot.context(shot_of(film, page)))).segment_count for page in (3, 1, 4, 2)
    ]
    assert counts == [2, 4, 4, 4]  # in two shapes: page 3; pages 1 and 4 with their cards; page 2 in two stretches
    assert shoot.progress[-1] == 1

    def encode_no_more(*_: object, **__: object) -> None:
        raise AssertionError("a page was encoded again")

    monkeypatch.setattr(production, "encode_segment", encode_no_more)
    joined = await compose(film, shoot.context(film))
    files = zip([joined.video, *joined.outputs[:1]], [at_once.video, *at_once.outputs[:1]], strict=True)
    assert [(one.sha256 == two.sha256) for one, two in files] == [True, True]


async def test_an_order_that_comes_again_encodes_nothing_again(shoot: Shoot, monkeypatch: pytest.MonkeyPatch) -> None:
    shot = shot_of(film_of(shoot), 2)
    first = await encode(shot, shoot.context(shot))
    monkeypatch.setattr(production, "encode_segment", lambda *_, **__: pytest.fail("encoded again"))
    assert await encode(shot, shoot.context(shot)) == first


async def test_a_composer_of_whole_films_is_left_to_its_work(shoot: Shoot) -> None:
    class WholeFilms:
        name, model = "whole", "whole"

        def compose(self, *_: object) -> None:
            raise AssertionError("nobody asked for the film yet")

    shot = shot_of(film_of(shoot), 1)
    context = shoot.context(shot)
    for composer in (WholeFilms(), FfmpegComposer(VideoSettings(ahead=False))):
        context.providers = Only(composer)
        assert (await encode(shot, context)).segment_count == 0
    assert not list(shoot.store.root.rglob(".kept/*/*"))


async def test_a_picture_that_cannot_be_read_is_named_by_its_page(shoot: Shoot) -> None:
    shot = shot_of(film_of(shoot), 3)
    broken = shot.shown.model_copy(update={"picture": shoot.save("broken.png", b"no picture")})
    shot = shot.model_copy(update={"shown": broken})
    with pytest.raises(BadInput, match="page 3"):
        await encode(shot, shoot.context(shot))
