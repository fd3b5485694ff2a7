"""A film that is made anew after an edit is joined from the pages that are as they were and the one that is not."""

from dataclasses import replace
from pathlib import Path

import pytest

from schemas import CaptionStyle, Cut, FilmClip, FilmPage, Mood, Output, OutputFormat, VideoRequested, Word, WordTimes
from services.video.composer import FfmpegComposer
from services.video.footage import Footage, Shot, SpokenClip
from services.video.stage import compose
from talestream.errors import StageError
from talestream.video_settings import VideoSettings
from tests.film_shoot import Shoot

PAGES = 5


@pytest.fixture
def shoot(tmp_path: Path) -> Shoot:
    return Shoot(tmp_path)


def kept(shoot: Shoot) -> set[str]:
    """The names of the segments that are kept."""
    return {path.name for path in (shoot.store.root / "generated_stories").rglob(".kept/*/*.mp4")}


def clip(shoot: Shoot, page: int, length_s: float = 1.2) -> FilmClip:
    return shoot.clip(f"{page}-{length_s}", length_s, text=f"Page {page}.")


def pages(shoot: Shoot) -> list[FilmPage]:
    return [
        FilmPage(picture=shoot.picture(f"p{page}.png", colour=(40 * page, 90, 200)), clips=(clip(shoot, page),))
        for page in range(1, PAGES + 1)
    ]


async def film(shoot: Shoot, request: VideoRequested) -> bytes:
    """The bytes of the film as it is composed."""
    for path in shoot.workdir.iterdir():
        if path.is_file():
            path.unlink()
    made = await compose(request, shoot.context(request))
    return await shoot.store.get(made.video.uri)


@pytest.mark.parametrize(
    ("change", "fresh"),
    [
        ("nothing", 0),
        ("the sound of page 3", 0),
        ("the picture of page 3", 2),
        ("the picture of page 5", 1),
        ("the length of page 3", 2),
        ("the words of page 3", 2),  # its caption is still seen when page 4 begins
        ("the music", 0),
        ("the seed", PAGES),
    ],
)
async def test_only_pages_that_look_otherwise_are_encoded_anew_and_the_film_is_as_if_all_were(
    shoot: Shoot, tmp_path: Path, change: str, fresh: int
) -> None:
    before = pages(shoot)
    await film(shoot, shoot.request(before, burn_captions=True))
    first = kept(shoot)
    assert len(first) == PAGES
    after, more = list(before), {}
    match change:
        case "the sound of page 3":
            louder = shoot.tone("louder.wav", [(0.2, 1.0)], 1.2, 330)
            after[2] = before[2].model_copy(update={"clips": (clip(shoot, 3).model_copy(update={"audio": louder}),)})
        case "the picture of page 3" | "the picture of page 5":
            number = int(change[-1]) - 1
            after[number] = before[number].model_copy(update={"picture": shoot.picture("new.png", colour=(9, 99, 9))})
        case "the length of page 3":
            after[2] = before[2].model_copy(update={"clips": (clip(shoot, 3, length_s=2.3),)})
        case "the words of page 3":
            after[2] = before[2].model_copy(update={"clips": (clip(shoot, 3).model_copy(update={"text": "Oh!"}),)})
        case "the music":
            more = {"music": shoot.music(4)}
        case "the seed":
            more = {"seed": 7}
    request = shoot.request(after, burn_captions=True, **more)
    again = await film(shoot, request)
    assert len(kept(shoot) - first) == fresh
    assert len(kept(shoot)) == PAGES, "those that are not used any more are gone"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    anew = Shoot(elsewhere)
    for path in shoot.store.root.glob("*.*"):
        anew.save(path.name, path.read_bytes())
    assert await film(anew, request) == again


@pytest.mark.parametrize(
    ("style", "fresh"), [(CaptionStyle.PLAIN, 0), (CaptionStyle.NONE, 0), (CaptionStyle.KARAOKE, 2)]
)
async def test_when_a_word_is_heard_matters_only_where_it_lights_up(
    shoot: Shoot, style: CaptionStyle, fresh: int
) -> None:
    def timed(at_s: float) -> list[FilmPage]:
        words = WordTimes(words=(Word(text="Page", start_s=0.2, end_s=at_s), Word(text="3.", start_s=at_s, end_s=1.0)))
        times = shoot.save(f"words{at_s}.json", words.model_dump_json().encode())
        ordered = pages(shoot)
        ordered[2] = ordered[2].model_copy(
            update={"clips": tuple(clip.model_copy(update={"words": times}) for clip in ordered[2].clips)}
        )
        return ordered

    cut = Cut(captions=style, title_card=False, end_card=False)
    await film(shoot, shoot.request(timed(0.4), burn_captions=True, cut=cut))
    first = kept(shoot)
    await film(shoot, shoot.request(timed(0.8), burn_captions=True, cut=cut))
    assert len(kept(shoot) - first) == fresh


async def test_another_style_of_captions_is_drawn_anew(shoot: Shoot) -> None:
    ordered = pages(shoot)[:2]
    seen: set[str] = set()
    for style in CaptionStyle:
        cut = Cut(captions=style, title_card=False, end_card=False)
        await film(shoot, shoot.request(ordered, burn_captions=True, cut=cut))
        assert not kept(shoot) & seen
        seen |= kept(shoot)


async def test_what_another_attempt_had_encoded_before_it_failed_is_taken_over(shoot: Shoot) -> None:
    broken = [*pages(shoot)[:3], FilmPage(picture=shoot.save("bad.png", b"no picture"))]
    with pytest.raises(StageError, match="page 4"):
        await film(shoot, shoot.request(broken))
    left = kept(shoot)
    mended = [*broken[:3], pages(shoot)[3]]
    await film(shoot, shoot.request(mended))
    assert left <= kept(shoot)


async def test_another_output_takes_what_is_there_and_adds_its_own(shoot: Shoot) -> None:
    ordered = pages(shoot)[:2]
    await film(shoot, shoot.request(ordered))
    first = kept(shoot)
    await film(shoot, shoot.request(ordered, outputs=(Output(format=OutputFormat.HEVC),)))
    assert first < kept(shoot)
    assert len(kept(shoot)) == 4


@pytest.mark.parametrize("cut", [None, Cut()])
async def test_pages_encoded_in_any_order_before_the_film_is_there_are_all_that_it_is_made_of(
    shoot: Shoot, tmp_path: Path, cut: Cut | None
) -> None:
    request, makes, moods = shoot.request(pages(shoot)), FfmpegComposer(VideoSettings()), list(Mood)
    shots = []
    for number, page in enumerate(request.pages, 1):
        spoken = clip(shoot, number, length_s=8.4 if number == 2 else 1.2)
        audio = SpokenClip(spoken.text, shoot.file(spoken.audio), spoken.first_word_s, spoken.last_word_s)
        shots.append(Shot(number, shoot.file(page.picture), (audio,), moods[number % len(moods)]))
    film = Footage(tuple(shots), "en", 320, 180, 24, cut=cut, seed=3, title="A Title")

    async def composed(by: Shoot, name: str) -> bytes:
        workdir = tmp_path / name
        workdir.mkdir()
        made = await by.context(request).in_thread(makes.compose, film, workdir, lambda _done, _total: None)
        return made.video.read_bytes()

    nowhere = Path("not there yet")
    for page in (4, 2, 5, 1, 3):
        there = tuple(shot if page - 1 <= shot.page <= page else replace(shot, picture=nowhere) for shot in shots)
        workdir = tmp_path / f"page{page}"
        workdir.mkdir()
        seen: list[tuple[int, int]] = []
        work = replace(film, shots=there), page, workdir, lambda *frames: seen.append(frames)  # noqa: B023
        count = await shoot.context(request).in_thread(makes.encode_page, *work)
        assert (count >= 1, seen[-1][0]) == (True, seen[-1][1])
    ahead = kept(shoot)
    early = await composed(shoot, "early")
    assert kept(shoot) == ahead
    other = tmp_path / "other"
    other.mkdir()
    assert early == await composed(Shoot(other), "at once")
