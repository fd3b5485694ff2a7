"""The video service: ``python -m services.video``."""

from services.video.providers import embedded
from services.video.stage import compose
from talestream.runner import run


def warm_up() -> None:
    """Load what composing needs, so that the first film does not wait for it."""
    embedded()


if __name__ == "__main__":
    run(compose, warm_up=warm_up)
