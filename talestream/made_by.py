"""How an artifact was made, as its manifest tells it: by which provider and model, and how that was asked."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import TypeAlias, TypedDict

Parameter: TypeAlias = str | int | float | bool
OURS = version("talestream")
"""The revision of what works by rules of our own."""


class MadeBy(TypedDict):
    """What :meth:`talestream.stage.StageContext.put` is told of it."""

    provider: str
    model: str | None
    revision: str | None
    parameters: Mapping[str, Parameter]


def made_by(provider: str, maker: object, **asked: Parameter | None) -> MadeBy:
    """What ``maker``, a provider or what it gave, says of itself in ``model``, ``revision`` and ``parameters``.

    It need not have any of them. ``asked`` is what the order wanted of it; what is None is left out.
    """
    own: Mapping[str, Parameter | None] = getattr(maker, "parameters", {})
    return MadeBy(
        provider=provider,
        model=getattr(maker, "model", None),
        revision=getattr(maker, "revision", None),
        parameters={name: value for name, value in {**asked, **own}.items() if value is not None},
    )
