"""The image service: ``python -m services.image``."""

if __name__ == "__main__":  # the processes that draw import this file too, and need none of it
    from services.image.providers import embedded
    from services.image.stage import illustrate
    from talestream.providers import DEFAULT
    from talestream.runner import run
    from talestream.settings import settings

    is_embedded = settings().providers.get(illustrate.name, DEFAULT) == "embedded"
    run(illustrate, warm_up=embedded().warm_up if is_embedded else None)
