"""The order by which an animator is tried out."""

from schemas import AnimationRequested
from services.animation.stage import animate
from talestream.plain_picture import plain_png
from talestream.probing import Probe, given_uri

WIDTH, HEIGHT = 512, 288
PICTURE = "given/p1.png"


def probe() -> Probe:
    """A second of motion from a picture of the evening sky."""
    request = AnimationRequested(
        task_id=1,
        page=1,
        picture=given_uri(PICTURE),
        prompt="the sky darkens",
        width=WIDTH,
        height=HEIGHT,
        duration_s=1,
    )
    return Probe(animate, request, {PICTURE: plain_png(WIDTH, HEIGHT, (80, 90, 150))})
