"""The speech service: ``python -m services.speech``."""

from services.speech.providers import embedded
from services.speech.stage import narrate
from talestream.providers import Providers
from talestream.runner import run
from talestream.settings import settings


def warm_up() -> None:
    """Load the English voice, if it is the one that this service speaks with."""
    if Providers(settings().providers).default(narrate.name) == embedded().name:
        embedded().warm_up()


if __name__ == "__main__":
    run(narrate, warm_up)
