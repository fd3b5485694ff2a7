"""The image service: ``python -m services.image``."""

if __name__ == "__main__":  # the processes that draw import this file too, and need none of it
    from services.image.stage import illustrate
    from talestream.worker_process import run

    run(illustrate)
