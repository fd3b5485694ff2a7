"""Pages in crayon: hills under a sky, by day or by night as the prompt has it."""

import io
import random

from PIL import Image, ImageDraw

from schemas import ImageRequested
from services.image.providers import Drawn, Progress
from talestream import check_cancelled

NIGHT_WORDS = ("night", "moon", "star", "夜", "月", "星")
HILLS = ("#8fb06a", "#6f9a55", "#4c7a45")
STROKES = 1200


class Crayon:
    """Draws each hill by slanting strokes, the far one first."""

    name = "crayon"

    def illustrate(self, request: ImageRequested, progress: Progress) -> Drawn:
        """One page. Equal requests give equal pictures."""
        hand = random.Random(f"{request.seed} {request.prompt}")
        width, height = request.width, request.height
        is_night = any(word in request.prompt.casefold() for word in NIGHT_WORDS)
        page = Image.new("RGB", (width, height), "#2b3157" if is_night else "#cfe6f2")
        crayon = ImageDraw.Draw(page)
        light = hand.uniform(0.2, 0.8) * width, hand.uniform(0.15, 0.3) * height
        crayon.circle(light, height // 12, "#f4efc9" if is_night else "#f7d154")
        for number, colour in enumerate(HILLS):
            top, slope = (0.5 + 0.15 * number) * height, hand.uniform(-0.2, 0.2) * height
            for _ in range(STROKES):
                check_cancelled()
                x, length = hand.uniform(-0.05, 1) * width, hand.uniform(0.02, 0.05) * width
                y = hand.uniform(top + slope * (x / width - 0.5), height)
                crayon.line((x, y, x + length, y - length / 3), colour, width=max(2, height // 90))
            progress((number + 1) / len(HILLS), f"hill {number + 1} of {len(HILLS)}")
        png = io.BytesIO()
        page.save(png, "PNG")
        return Drawn(png.getvalue(), model="crayon-1", seed=request.seed, parameters={"strokes": STROKES})


def crayon() -> Crayon:
    """The provider ``crayon`` of the image stage."""
    return Crayon()
