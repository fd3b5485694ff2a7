"""What is told of how an artifact was made."""

from dataclasses import dataclass, field

from talestream.made_by import made_by


@dataclass
class Maker:
    model: str = "org/name"
    revision: str | None = None
    parameters: dict[str, object] = field(default_factory=dict)


def test_what_was_asked_for_and_what_the_maker_says_of_itself_are_told_together() -> None:
    told = made_by("acme", Maker(revision="7", parameters={"steps": 4, "lora": None}), width=640, style=None)
    assert told == {
        "provider": "acme",
        "model": "org/name",
        "revision": "7",
        "parameters": {"width": 640, "steps": 4},
    }


def test_a_maker_need_not_say_anything_of_itself() -> None:
    assert made_by("acme", object()) == {"provider": "acme", "model": None, "revision": None, "parameters": {}}


def test_the_maker_knows_better_than_the_order_what_it_did() -> None:
    assert made_by("acme", Maker(parameters={"language": "en-us"}), language="en")["parameters"] == {
        "language": "en-us"
    }
