"""The split service: ``python -m services.split``."""

from services.split.stage import split
from talestream.worker_process import run

if __name__ == "__main__":
    run(split)
