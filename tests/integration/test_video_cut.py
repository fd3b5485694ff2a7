"""Films with cards and with each transition, measured in their files, and what of them an edit has encoded anew."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from schemas import Cut, FilmPage, Mood, Output, OutputFormat, TransitionKind, VideoRequested
from schemas.cut import END_CARD_S, TITLE_CARD_S
from services.video.stage import compose
from services.video.timeline import BEFORE_CARD_S, LEAD_S, TRAIL_S
from tests.film_probe import frame_rgb, luma_frames, probe, sound
from tests.film_shoot import HEIGHT, MUSIC_HZ, VOICE_HZ, WIDTH, Shoot
from tests.integration.test_video_film import heard_spans, level_db

COLOURS = [(30, 60, 200), (230, 120, 30), (40, 160, 60)]


@pytest.fixture
def shoot(tmp_path: Path) -> Shoot:
    return Shoot(tmp_path)


def request(shoot: Shoot, cut: Cut | None, **more: object) -> VideoRequested:
    pages = [
        FilmPage(picture=shoot.picture(f"{n}.png", colour=colour), clips=(shoot.clip(str(n), 1.6, f"Page {n}."),))
        for n, colour in enumerate(COLOURS, 1)
    ]
    return shoot.request(pages, **{"title": "The Fox", "cut": cut, "music": shoot.music(12), **more})


def letters(frame: np.ndarray) -> int:
    """How many pixels in the middle of a frame are as light as letters."""
    middle = frame[HEIGHT // 4 : HEIGHT * 3 // 4].astype(int)
    return int(np.count_nonzero(middle.min(axis=2) > 190))


async def test_a_film_begins_with_its_title_and_ends_with_a_card_and_all_times_move_with_them(shoot: Shoot) -> None:
    film, path = await shoot.compose(request(shoot, Cut()))
    spoken = heard_spans(sound(path), VOICE_HZ)
    assert spoken[0][0] == pytest.approx(TITLE_CARD_S + LEAD_S, abs=0.1)
    assert film.duration_s - spoken[-1][1] == pytest.approx(BEFORE_CARD_S + END_CARD_S, abs=0.1)
    first = (await shoot.text(film.captions_srt.uri)).splitlines()[1]
    assert first.startswith("00:00:03,1")
    title, page, end = (frame_rgb(path, at) for at in (1.5, TITLE_CARD_S + 1.4, film.duration_s - 0.8))
    assert letters(title) > 200
    assert letters(page) == 0
    assert letters(end) > 200
    blue, green = np.median(title.reshape(-1, 3), axis=0), np.median(end.reshape(-1, 3), axis=0)
    assert blue[2] > blue[0] + 20, "the title stands on the first page's picture"
    assert green[1] > green[2] + 15, "the end on the last page's"
    assert frame_rgb(path, 0).mean() < 10, "out of black"
    report = probe(path)
    assert report.black_s == report.silent_s == ()
    assert film.quality is not None
    assert film.quality.shortcoming is None


async def test_music_is_up_under_the_cards_and_ends_with_the_film(shoot: Shoot) -> None:
    film, path = await shoot.compose(request(shoot, Cut()))
    samples = sound(path)

    def music_db(at_s: float) -> float:
        return level_db(samples[round(at_s * 48_000) : round((at_s + 0.4) * 48_000)], MUSIC_HZ)

    spoken = heard_spans(samples, VOICE_HZ)
    under = music_db((spoken[0][0] + spoken[0][1]) / 2)
    assert music_db(1.0) > under + 4
    assert music_db(film.duration_s - 1.8) > under + 3
    assert np.abs(samples[-200:]).max() < 0.05


async def test_without_music_cards_are_shorter_and_the_film_is_within_its_bounds(shoot: Shoot) -> None:
    film, _ = await shoot.compose(request(shoot, Cut(), music=None))
    musical, _ = await shoot.compose(request(shoot, Cut()))
    assert film.duration_s < musical.duration_s - 1
    assert film.quality is not None
    assert film.quality.shortcoming is None


async def test_an_order_without_a_cut_and_one_without_cards_begin_with_the_first_page(shoot: Shoot) -> None:
    plain, path = await shoot.compose(request(shoot, None))
    assert heard_spans(sound(path), VOICE_HZ)[0][0] == pytest.approx(0.6, abs=0.05)
    bare, _ = await shoot.compose(request(shoot, Cut(title_card=False, end_card=False, transition="dissolve")))
    assert bare.duration_s == plain.duration_s


@pytest.mark.parametrize("kind", list(TransitionKind))
async def test_each_kind_of_transition_is_seen_between_all_pages(shoot: Shoot, kind: TransitionKind) -> None:
    cut = Cut(transition=kind, title_card=False, end_card=False)
    _, path = await shoot.compose(request(shoot, cut, music=None))
    spoken = heard_spans(sound(path), VOICE_HZ)
    begins = round((spoken[0][1] + TRAIL_S) * 24)
    frames = [frame.astype(int) for frame in list(luma_frames(path))[begins - 3 : begins + 26]]
    near = [[np.abs(frame - np.median(frames[end])) < 5 for frame in frames] for end in (0, -1)]
    before, after = ([float(share.mean()) for share in shares] for shares in near)
    assert before[0] > 0.99
    assert after[-1] > 0.99
    between = [1 - old - new for old, new in zip(before, after, strict=True)]
    dark = min(float(frame.mean()) for frame in frames)
    match kind:
        case TransitionKind.CUT:
            assert max(between) < 0.01
        case TransitionKind.DISSOLVE:
            assert max(between) > 0.99
            assert dark > 55
        case TransitionKind.FADE:
            assert dark < 24
        case TransitionKind.SLIDE | TransitionKind.WIPE:
            assert any(old > 0.3 and new > 0.3 for old, new in zip(before, after, strict=True))
            assert max(between) < 0.45
            middle = next(place for place, share in enumerate(after) if share > 0.4)
            columns = [shares[middle].mean(axis=0) for shares in near]
            is_from_right = columns[1][WIDTH * 9 // 10] > 0.9 and columns[0][WIDTH // 10] > 0.9
            is_from_left = columns[1][WIDTH // 10] > 0.9 and columns[0][WIDTH * 9 // 10] > 0.9
            assert (is_from_right, is_from_left) == (kind is TransitionKind.SLIDE, kind is TransitionKind.WIPE)


async def test_moods_choose_the_transition_where_the_order_does_not(shoot: Shoot) -> None:
    ordered = request(shoot, Cut(title_card=False, end_card=False), music=None)
    moods = [Mood.SAD, Mood.JOYFUL, Mood.JOYFUL]
    pages = [page.model_copy(update={"mood": mood}) for page, mood in zip(ordered.pages, moods, strict=True)]
    _, path = await shoot.compose(ordered.model_copy(update={"pages": tuple(pages)}))
    spoken = heard_spans(sound(path), VOICE_HZ)
    means = [float(frame.mean()) for frame in luma_frames(path)]
    first, second = (means[round(spoken[n][1] * 24) : round(spoken[n + 1][0] * 24)] for n in (0, 1))
    assert min(first) < 25, "through black where the story turns"
    assert min(second) > 50


async def test_a_preview_and_a_cover_show_pages_and_no_cards(shoot: Shoot) -> None:
    outputs = (Output(format=OutputFormat.PNG), Output(format=OutputFormat.GIF))
    film, _ = await shoot.compose(request(shoot, Cut(), outputs=outputs))
    cover, preview = (shoot.store.root / made.uri.removeprefix(f"s3://{shoot.store.bucket}/") for made in film.outputs)
    with Image.open(cover) as picture:
        assert np.abs(np.asarray(picture).astype(int) - COLOURS[0]).max() <= 4
    with Image.open(preview) as moving:
        for number in (0, moving.n_frames - 1):
            moving.seek(number)
            assert letters(np.asarray(moving.convert("RGB"))) == 0


@pytest.mark.parametrize(("page", "fresh"), [(1, 3), (2, 2), (3, 2)])
async def test_a_new_picture_is_encoded_with_the_page_behind_it_and_the_card_over_it(
    shoot: Shoot, page: int, fresh: int
) -> None:
    ordered = request(shoot, Cut())
    await compose(ordered, shoot.context(ordered))
    first = kept(shoot)
    assert len(first) == len(COLOURS) + 2
    pages = list(ordered.pages)
    pages[page - 1] = pages[page - 1].model_copy(update={"picture": shoot.picture("new.png", colour=(9, 99, 99))})
    edited = ordered.model_copy(update={"pages": tuple(pages)})
    (shoot.workdir / "output.mp4").unlink()
    await compose(edited, shoot.context(edited))
    assert len(kept(shoot) - first) == fresh


def kept(shoot: Shoot) -> set[str]:
    return {path.name for path in (shoot.store.root / "generated_stories").rglob(".kept/*/*.mp4")}
