"""The image service: ``python -m services.image``."""

from services.image.providers import embedded
from services.image.stage import illustrate
from talestream.providers import DEFAULT
from talestream.runner import run
from talestream.settings import settings

if __name__ == "__main__":
    is_embedded = settings().providers.get(illustrate.name, DEFAULT) == "embedded"
    run(illustrate, warm_up=embedded().warm_up if is_embedded else None)
