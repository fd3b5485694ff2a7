"""The speech service: ``python -m services.speech``."""

from services.speech.stage import narrate
from talestream.worker_process import run

if __name__ == "__main__":
    run(narrate)
