"""How a film is cut: the cards around its pages, and the transitions between all of them. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from schemas import TransitionKind
from services.video.footage import CardKind, Footage, Shot
from services.video.page_turns import page_turn
from services.video.timeline import Part, SpeechSpan

SILENT_SHARE = 0.65
"""Of a card's time where there is no music: silence seems longer."""


def with_cards(footage: Footage) -> Footage:
    """The footage with the cards that its cut asks for among its shots. Without a title there is no title card."""
    title_s, end_s = _card_times(footage)
    first, last = footage.shots[0], footage.shots[-1]
    before = (_card(CardKind.TITLE, first),) if title_s else ()
    behind = (_card(CardKind.END, last),) if end_s else ()
    return replace(footage, shots=(*before, *footage.shots, *behind))


def parts(footage: Footage, speech: Sequence[Sequence[SpeechSpan]]) -> list[Part]:
    """What the timeline is made of. ``speech`` is that of each shot's clips."""
    return [
        Part(spans, transition_to(footage, index), _card_s(footage, shot))
        for index, (shot, spans) in enumerate(zip(footage.shots, speech, strict=True))
    ]


def transition_to(footage: Footage, index: int) -> TransitionKind:
    """The transition to shot ``index`` (from 0) from the one before."""
    cut, shot, before = footage.cut, footage.shots[index], footage.shots[max(index - 1, 0)]
    if cut is None:
        return TransitionKind.DISSOLVE
    if cut.transition is not None:
        return cut.transition
    if shot.card or before.card:
        return TransitionKind.DISSOLVE
    return page_turn(before, shot, footage.seed)


def _card(kind: CardKind, beside: Shot) -> Shot:
    return Shot(page=beside.page, picture=beside.picture, mood=beside.mood, card=kind)


def _card_s(footage: Footage, shot: Shot) -> float | None:
    title_s, end_s = _card_times(footage)
    match shot.card:
        case CardKind.TITLE:
            return title_s
        case CardKind.END:
            return end_s
    return None


def _card_times(footage: Footage) -> tuple[float, float]:
    """How long the title card and the end card are seen; 0: there is none."""
    if footage.cut is None:
        return 0.0, 0.0
    title_s, end_s = footage.cut.card_times(footage.title)
    share = 1 if footage.music else SILENT_SHARE
    return title_s * share, end_s * share
