"""The video service: ``python -m services.video``."""

from services.video.shot_stage import encode
from services.video.stage import compose
from talestream.worker_process import run

if __name__ == "__main__":
    run(compose, encode)
