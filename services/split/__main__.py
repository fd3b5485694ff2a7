"""The split service: ``python -m services.split``."""

from services.split.stage import split
from talestream.runner import run

if __name__ == "__main__":
    run(split)
