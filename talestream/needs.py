"""Packages that a provider needs and the base install does not have."""

from importlib.util import find_spec

from talestream.errors import ProviderUnavailable


def install(extra: str) -> str:
    """What to do about a missing package of an extra of ours."""
    return f"install it with: pip install 'talestream[{extra}]'"


def need(extra: str, *packages: str) -> None:
    """ProviderUnavailable, saying what to install, where one of these is missing. Imports none of them.

    For whoever makes a provider: so it is known before the first order, and without loading anything.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise ProviderUnavailable(
            f"this provider needs packages that are missing: {', '.join(missing)}", install(extra)
        )
