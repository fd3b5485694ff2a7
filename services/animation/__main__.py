"""The animation service: ``python -m services.animation``."""

from services.animation.stage import animate
from talestream.worker_process import run

if __name__ == "__main__":
    run(animate)
