"""The music service: ``python -m services.music``."""

from services.music.stage import score
from talestream.worker_process import run

if __name__ == "__main__":
    run(score)
