"""The simulated illustrator: a plain picture of the requested size that says in its metadata what it should show."""

from colorsys import hls_to_rgb

from schemas import ImageRequested
from services.image.providers import Drawn, Progress
from talestream.inputs import inputs_hash
from talestream.plain_picture import Colour, plain_png
from talestream.simulation import NAME, STAND_IN, Simulation

HUES = 24
"""Few, so that a process compresses each plain picture once."""


class SimulatedIllustrator:
    """One colour a page; the inputs decide which."""

    name = NAME
    degraded = STAND_IN

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def illustrate(self, request: ImageRequested, progress: Progress) -> Drawn:
        """See :class:`services.image.providers.Illustrator`."""
        self._simulation.work()
        progress(1.0, NAME)
        inputs = inputs_hash(request)
        colour = _colour(int(inputs[:8], 16) % HUES)
        png = plain_png(request.width, request.height, colour, f"simulated {inputs}: {request.prompt}")
        return Drawn(png, NAME, request.seed)


def _colour(hue: int) -> Colour:
    red, green, blue = (round(255 * part) for part in hls_to_rgb(hue / HUES, 0.72, 0.5))
    return red, green, blue


def simulated() -> SimulatedIllustrator:
    """The provider ``simulated`` of the image stage."""
    return SimulatedIllustrator(Simulation.configured("image"))
