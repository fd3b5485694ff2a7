"""The simulated animator: a film of one colour, as long as was asked for, which shows nothing of the picture."""

from pathlib import Path

from schemas import AnimationRequested
from services.animation.providers import Animated, Progress
from talestream.inputs import inputs_hash
from talestream.simulation import NAME, STAND_IN, Simulation
from talestream.still_film import Still, still_film

FPS = 24


class SimulatedAnimator:
    """The inputs decide the colour."""

    name = NAME
    degraded = STAND_IN

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def animate(self, request: AnimationRequested, picture: Path, target: Path, progress: Progress) -> Animated:
        """See :class:`services.animation.providers.Animator`."""
        self._simulation.work()
        shade = int(inputs_hash(request)[:4], 16)
        still = Still((150, 64 + shade % 128, 64 + shade // 128 % 128), round(request.duration_s * FPS))
        target.write_bytes(still_film([still], request.width, request.height, FPS))
        progress(1.0, NAME)
        return Animated(NAME, NAME, still.frames / FPS, request.seed)


def simulated() -> SimulatedAnimator:
    """The provider ``simulated`` of the animation stage."""
    return SimulatedAnimator(Simulation.configured("animation"))
