"""Films with captions of each style: what is seen of them when, and that the files beside them show the same."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import ffmpeg
import numpy as np
import pytest

from schemas import CaptionStyle, Cut, Film, FilmPage, Word, WordTimes
from services.video import ffmpeg_process
from services.video.lettering import font_path
from tests.film_shoot import Shoot

WIDTH, HEIGHT = 640, 360
FPS = 24
TEXTS = {"en": "Once upon a time a little fox looked up.", "zh": "小狐狸看着月亮，笑了。"}
VOICED = {
    "en": ["Once", "upon", "a", "time", "a", "little", "fox", "looked", "up."],
    "zh": ["小狐狸", "看着", "月亮", "笑了"],
}


@pytest.fixture
def shoot(tmp_path: Path) -> Shoot:
    return Shoot(tmp_path)


@dataclass(frozen=True)
class Shown:
    """A film of one page, with the frames in which words begin."""

    film: Film
    path: Path
    luma: np.ndarray
    """Shape (N, H, W)."""
    blue: np.ndarray
    """Shape (N, H/2, W/2), 128: no colour."""
    word_frames: list[int]


async def show(
    shoot: Shoot, style: CaptionStyle, language: str = "en", colour: tuple[int, int, int] = (60, 60, 60), **more: object
) -> Shown:
    """A page of one colour with one clip; a word begins every 0.36 s, from the start of the clip at 0.4 s."""
    words = [Word(text=text, start_s=0.2 + 0.36 * n, end_s=0.5 + 0.36 * n) for n, text in enumerate(VOICED[language])]
    times = shoot.save("words.json", WordTimes(words=tuple(words)).model_dump_json().encode())
    clip = shoot.clip("1", words[-1].end_s + 0.2, TEXTS[language], words=times)
    page = FilmPage(picture=shoot.picture("a.png", size=(WIDTH, HEIGHT), colour=colour), clips=(clip,))
    cut = Cut(captions=style, title_card=False, end_card=False)
    ordered = {"width": WIDTH, "height": HEIGHT, "language": language, "burn_captions": True, "cut": cut} | more
    film, path = await shoot.compose(shoot.request([page], **ordered))
    luma, blue = planes(path)
    return Shown(film, path, luma, blue, [round((0.4 + word.start_s) * FPS) for word in words])


def planes(path: Path, ass: Path | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Luma and blue of every frame, with captions drawn over them by libass where there are any."""
    video = ffmpeg.input(str(path)).video
    if ass:
        video = video.filter("ass", str(ass), fontsdir=str(font_path().parent))
    command = video.output("pipe:", format="rawvideo", pix_fmt="yuv420p").compile(ffmpeg_process.executable())
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT * WIDTH * 3 // 2)
    small = frames[:, HEIGHT * WIDTH : HEIGHT * WIDTH * 5 // 4]
    return frames[:, : HEIGHT * WIDTH].reshape(-1, HEIGHT, WIDTH), small.reshape(-1, HEIGHT // 2, WIDTH // 2)


def lit_in_frames(blue: np.ndarray) -> list[int]:
    """The frames in which more of a caption is lit than in the one before; one a syllable."""
    lit = (blue < 112).sum(axis=(1, 2)).astype(int)
    grown = np.flatnonzero(np.diff(lit, prepend=0) > 12)
    return [int(frame) for place, frame in enumerate(grown) if place == 0 or frame - grown[place - 1] > 1]


def seconds(time: str) -> float:
    hours, minutes, rest = time.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


async def test_each_word_lights_up_in_the_frame_in_which_it_is_heard_as_libass_shows_it_too(shoot: Shoot) -> None:
    shown = await show(shoot, CaptionStyle.KARAOKE)
    lit = lit_in_frames(shown.blue)
    assert lit == pytest.approx(shown.word_frames, abs=1)
    ass = shoot.workdir / "beside.ass"
    assert shown.film.captions_ass is not None
    ass.write_text(await shoot.text(shown.film.captions_ass.uri), encoding="utf-8")
    bare = await show(shoot, CaptionStyle.NONE)
    assert lit_in_frames(bare.blue) == []
    _, by_libass = planes(bare.path, ass)
    assert lit_in_frames(by_libass) == pytest.approx(lit, abs=1)
    last = shown.word_frames[-1] + 3
    ours, theirs = (np.argwhere(blue[last] < 112) for blue in (shown.blue, by_libass))
    assert ours.min(axis=0) == pytest.approx(theirs.min(axis=0), abs=4), "in the same place"
    assert ours.max(axis=0) == pytest.approx(theirs.max(axis=0), abs=4)
    assert len(ours) == pytest.approx(len(theirs), rel=0.3), "and of the same size"


async def test_each_chinese_character_lights_up_for_itself(shoot: Shoot) -> None:
    shown = await show(shoot, CaptionStyle.KARAOKE, "zh")
    lit = lit_in_frames(shown.blue)
    per_word = [len(word) for word in VOICED["zh"]]
    expected = [
        start + round(number * 0.3 * FPS / count)
        for start, count in zip(shown.word_frames, per_word, strict=True)
        for number in range(count)
    ]
    assert lit == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("language", TEXTS)
async def test_a_boxed_caption_has_its_box_while_it_is_shown_and_no_longer(shoot: Shoot, language: str) -> None:
    shown = await show(shoot, CaptionStyle.BOXED, language, colour=(200, 200, 200))
    block = (await shoot.text(shown.film.captions_srt.uri)).splitlines()
    start, end = (round(seconds(time) * FPS) for time in block[1].split(" --> "))
    ground = int(np.median(shown.luma[end - 2]))
    dark = ((shown.luma > 50) & (shown.luma < ground - 60)).mean(axis=(1, 2))
    shaded = np.flatnonzero(dark[12:-12] > 0.015) + 12  # without the film's own fades
    assert shaded.tolist() == list(range(start, end))
    assert shown.film.captions_ass is not None
    document = await shoot.text(shown.film.captions_ass.uri)
    [style] = [line.split(",") for line in document.splitlines() if line.startswith("Style:")]
    assert style[15] == "4"


@pytest.mark.parametrize(("colour", "is_dark"), [((235, 225, 205), True), ((40, 50, 90), False)])
async def test_a_page_is_set_large_in_the_middle_and_its_subrip_in_two_lines(
    shoot: Shoot, colour: tuple[int, int, int], *, is_dark: bool
) -> None:
    shown = await show(shoot, CaptionStyle.CARD, colour=colour)
    frame = shown.luma[shown.word_frames[2]].astype(int)
    ground = int(np.median(frame))
    inked = frame < ground - 100 if is_dark else frame > ground + 100
    assert not (frame > ground + 100 if is_dark else frame < ground - 100).any()
    rows = np.flatnonzero(inked.any(axis=1))
    assert abs(rows.mean() - HEIGHT / 2) < 12
    assert rows[-1] - rows[0] > HEIGHT / 6
    blocks = (await shoot.text(shown.film.captions_srt.uri)).strip().split("\n\n")
    assert all(len(block.splitlines()) <= 4 for block in blocks)


async def test_no_captions_are_burned_in_where_none_are_ordered_but_all_lie_beside(shoot: Shoot) -> None:
    shown = await show(shoot, CaptionStyle.NONE)
    steady = shown.luma[15:-15].astype(int)
    assert steady.max() - steady.min() <= 3
    assert TEXTS["en"] in await shoot.text(shown.film.captions_srt.uri)
    assert shown.film.captions_ass is not None
    assert "\\k" in await shoot.text(shown.film.captions_ass.uri)


async def test_a_vertical_film_breaks_its_pages_for_itself(shoot: Shoot) -> None:
    shown = await show(shoot, CaptionStyle.CARD, "zh", width=HEIGHT, height=WIDTH)
    assert shown.film.captions_ass is not None
    [line] = [line for line in (await shoot.text(shown.film.captions_ass.uri)).splitlines() if "Dialogue" in line]
    assert "\\pos(180," in line
    assert line.count("\\N") >= 1
