"""Which transition stands before a page, and how long it takes. Pure.

By default settings and moods choose. When night falls or a day passes the film fades through black. Within one place it
cuts, or a page slides in; to another place, or to a later hour, pages dissolve, or one is wiped open. Pages slide and
are wiped open where it is lively, but never twice in a row. Where nobody knows when and where pictures play moods
choose alone, and it fades where the story turns. A choice depends on the page and the one before.
"""

from random import Random

from schemas import Mood, Seed, TimeOfDay, TransitionKind
from services.video.footage import Shot

LENGTHS_S = {
    TransitionKind.CUT: 0.0,
    TransitionKind.FADE: 0.9,
    TransitionKind.DISSOLVE: 0.6,
    TransitionKind.SLIDE: 0.7,
    TransitionKind.WIPE: 0.8,
}
LONGEST_S = max(LENGTHS_S.values())
DARK = frozenset({Mood.SAD, Mood.TENSE})
BRIGHT = frozenset({Mood.JOYFUL, Mood.PLAYFUL, Mood.TRIUMPHANT})
LIVELY = {
    Mood.JOYFUL: TransitionKind.SLIDE,
    Mood.PLAYFUL: TransitionKind.SLIDE,
    Mood.TENSE: TransitionKind.WIPE,
    Mood.TRIUMPHANT: TransitionKind.WIPE,
    Mood.WONDER: TransitionKind.WIPE,
}
LIVELY_SHARE = 0.75
"""Of the pages that may have a lively transition, those that have one."""
_HOURS = list(TimeOfDay)


def page_turn(before: Shot, shot: Shot, seed: Seed) -> TransitionKind:
    """The transition from the page ``before`` to that of ``shot``."""
    kind = _by_mood(before.mood, shot.mood, shot.page, seed)
    if before.setting is None or shot.setting is None:
        return kind
    if _is_another_day(before.setting.time, shot.setting.time):
        return TransitionKind.FADE
    if before.setting != shot.setting:
        return TransitionKind.WIPE if kind in LIVELY.values() else TransitionKind.DISSOLVE
    return TransitionKind.SLIDE if kind is TransitionKind.SLIDE else TransitionKind.CUT


def _by_mood(before: Mood, mood: Mood, page: int, seed: Seed) -> TransitionKind:
    if (before in DARK and mood in BRIGHT) or (before in BRIGHT and mood in DARK):
        return TransitionKind.FADE
    is_lively_page = (page + Random(f"transitions {seed}").randrange(2)) % 2 == 0
    if is_lively_page and mood in LIVELY and Random(f"transition {seed} {page}").random() < LIVELY_SHARE:
        return LIVELY[mood]
    return TransitionKind.DISSOLVE


def _is_another_day(before: TimeOfDay, time: TimeOfDay) -> bool:
    """Night has fallen, or it is earlier in the day than it was."""
    return time is not before and (time is TimeOfDay.NIGHT or _HOURS.index(time) < _HOURS.index(before))


def frames_of(kind: TransitionKind, fps: int) -> int:
    """How many frames a transition takes: none only where there is none to be seen."""
    return max(1, round(LENGTHS_S[kind] * fps)) if LENGTHS_S[kind] else 0
