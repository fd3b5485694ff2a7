"""The same film by MoviePy, as well as it can be written with it: same timeline, camera, cross-fades, captions, sound.

    python -m bench.video_moviepy FOLDER OUT [--fps 8] [--preset medium] [--way clips|frames]

``clips``: a clip a page, moved by OpenCV, faded and laid over each other by MoviePy, which is what it is for.
``frames``: one function draws each frame by OpenCV alone, and MoviePy only asks for it and hands it to ffmpeg, which is
the least that it can do. Neither ducks its music by the voice, masters, inspects, or makes files of captions. Prints
the seconds that it took, everything imported.
"""

import argparse
import json
import os
import time
import wave
from collections.abc import Callable
from pathlib import Path

import cv2
import moviepy
import numpy as np
from moviepy import vfx
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from bench.video_film import footage
from services.video.camera import View, camera_path
from services.video.captions import Cue, Spoken, cues
from services.video.cutting import parts
from services.video.footage import Footage
from services.video.lettering import Letterer, font_path
from services.video.line_breaking import cards
from services.video.segments import FADE_S
from services.video.timeline import SpeechSpan, Timeline, pause_after, plan
from talestream.video_settings import VideoSettings

MUSIC_SHARE = 0.2
Image8 = NDArray[np.uint8]


class Film:
    """What is seen and heard when: as the embedded composer has it."""

    def __init__(self, given: Footage) -> None:
        self.footage = given
        self.timeline: Timeline = plan(
            parts(given, [[_span(clip) for clip in shot.clips] for shot in given.shots]), given.fps
        )
        letterer = Letterer(given.width, given.height)
        spoken = [
            Spoken(
                tuple(cards(clip.text, given.language, letterer.ruler, letterer.max_width)),
                start_s + clip.first_word_s,
                start_s + (clip.last_word_s or 0),
            )
            for shot, slot in zip(given.shots, self.timeline.pages, strict=True)
            for clip, start_s in zip(shot.clips, slot.clip_starts_s, strict=True)
        ]
        self.cues = cues(spoken, self.timeline.duration_s)
        self.pictures = [
            cv2.resize(cv2.imread(str(shot.picture))[..., ::-1], (given.width, given.height)) for shot in given.shots
        ]

    def mover(self, page: int) -> Callable[[float], Image8]:
        """What is seen of a page so many seconds after its start."""
        slot, picture, given = self.timeline.pages[page], self.pictures[page], self.footage
        path = camera_path(page, slot.visible_frames / given.fps, given.seed)
        size = given.width, given.height

        def at(time_s: float) -> Image8:
            view: View = path.at(min(time_s * given.fps / slot.visible_frames, 1.0))
            matrix = np.array(
                [[view.size, 0, view.left * given.width], [0, view.size, view.top * given.height]], np.float64
            )
            flags, edge = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_REPLICATE
            return np.asarray(cv2.warpAffine(picture, matrix, size, flags=flags, borderMode=edge))

        return at

    def plate(self, cue: Cue) -> tuple[Image8, int]:
        """A lettered caption as RGBA of the film's width, and the row at which it stands."""
        size = round(0.054 * self.footage.height)
        font = ImageFont.truetype(str(font_path()), size)
        plate = Image.new("RGBA", (self.footage.width, round(size * 1.3 * len(cue.lines)) + size), (0, 0, 0, 0))
        for number, line in enumerate(cue.lines):
            place = (self.footage.width / 2, size * 1.3 * (number + 0.5) + size / 2)
            ImageDraw.Draw(plate).text(
                place, line, font=font, fill="white", anchor="mm", stroke_width=2, stroke_fill="black"
            )
        return np.asarray(plate), round(self.footage.height * 0.95) - plate.height

    def sound(self) -> "moviepy.AudioClip":
        """Voices in their places, and the music under them."""
        voices = [
            moviepy.AudioFileClip(str(clip.audio)).with_start(start_s)
            for shot, slot in zip(self.footage.shots, self.timeline.pages, strict=True)
            for clip, start_s in zip(shot.clips, slot.clip_starts_s, strict=True)
        ]
        music = moviepy.AudioFileClip(str(self.footage.music)).with_volume_scaled(MUSIC_SHARE)
        length_s = min(music.duration, self.timeline.duration_s)
        return moviepy.CompositeAudioClip([music.subclipped(0, length_s), *voices])


def _span(clip: object) -> SpeechSpan:
    with wave.open(str(clip.audio)) as wav:  # type: ignore[attr-defined]
        length_s = wav.getnframes() / wav.getframerate()
    return SpeechSpan(length_s, clip.first_word_s, clip.last_word_s, pause_after(clip.text))  # type: ignore[attr-defined]


def by_clips(film: Film) -> "moviepy.VideoClip":
    """MoviePy's own way: clips that are laid over each other."""
    fps, pages = film.footage.fps, []
    for number, slot in enumerate(film.timeline.pages):
        clip = moviepy.VideoClip(film.mover(number), duration=slot.visible_frames / fps)
        if slot.transition_frames:
            clip = clip.with_effects([vfx.CrossFadeIn(slot.transition_frames / fps)])
        pages.append(clip.with_start(slot.start_frame / fps))
    lettered = []
    for cue in film.cues:
        plate, top = film.plate(cue)
        shown = moviepy.ImageClip(plate, duration=cue.end_s - cue.start_s)
        lettered.append(shown.with_start(cue.start_s).with_position((0, top)))
    size = (film.footage.width, film.footage.height)
    whole = moviepy.CompositeVideoClip([*pages, *lettered], size=size).with_duration(film.timeline.duration_s)
    return whole.with_effects([vfx.FadeIn(FADE_S), vfx.FadeOut(FADE_S)])


def by_frames(film: Film) -> "moviepy.VideoClip":
    """Each frame drawn here, by OpenCV."""
    fps, pages = film.footage.fps, film.timeline.pages
    movers = [film.mover(number) for number in range(len(pages))]
    plates = [(cue, *film.plate(cue)) for cue in film.cues]

    def frame(time_s: float) -> Image8:
        at = time_s * fps
        number = max(index for index, slot in enumerate(pages) if slot.start_frame <= at or index == 0)
        slot = pages[number]
        seen = movers[number]((at - slot.start_frame) / fps)
        if at < slot.start_frame + slot.transition_frames:
            before = movers[number - 1]((at - pages[number - 1].start_frame) / fps)
            share = (at - slot.start_frame) / slot.transition_frames
            seen = cv2.addWeighted(seen, share, before, 1 - share, 0)
        for cue, plate, top in plates:
            if cue.start_s <= time_s < cue.end_s:
                rows = seen[top : top + len(plate)]
                opacity = plate[..., 3].astype(np.float32) / 255
                rows[:] = cv2.blendLinear(
                    np.ascontiguousarray(rows), np.ascontiguousarray(plate[..., :3]), 1 - opacity, opacity
                )
        share = min(1.0, time_s / FADE_S, (film.timeline.duration_s - time_s) / FADE_S)
        return np.asarray(seen if share >= 1 else cv2.convertScaleAbs(seen, alpha=share))

    return moviepy.VideoClip(frame, duration=film.timeline.duration_s)


WAYS = {"clips": by_clips, "frames": by_frames}


def main(given: argparse.Namespace) -> None:
    """Make one film."""
    material = footage(given.folder, given.fps, given.pages, (1280, 720))
    began = time.perf_counter()
    film = Film(material)
    WAYS[given.way](film).with_audio(film.sound()).write_videofile(
        str(given.out),
        fps=given.fps,
        codec="libx264",
        preset=given.preset,
        audio_codec="aac",
        audio_bitrate="160k",
        audio_fps=48_000,
        threads=os.cpu_count(),
        ffmpeg_params=["-crf", str(VideoSettings().crf)],
        pixel_format="yuv420p",
        logger=None,
    )
    print(json.dumps({"seconds": time.perf_counter() - began, "film_s": film.timeline.duration_s}))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("out", type=Path)
    options.add_argument("--fps", type=int, default=8)
    options.add_argument("--preset", default="medium")
    options.add_argument("--pages", type=int, default=6)
    options.add_argument("--way", choices=sorted(WAYS), default="clips")
    main(options.parse_args())
