"""The image service: ``python -m services.image``."""

from services.image.stage import illustrate
from talestream.runner import run

if __name__ == "__main__":
    run(illustrate)
