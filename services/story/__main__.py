"""The story service: ``python -m services.story``."""

from services.story.stage import write
from talestream.worker_process import run

if __name__ == "__main__":
    run(write)
