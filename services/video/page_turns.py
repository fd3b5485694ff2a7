"""Which transition stands before a page, and how long it takes. Pure.

By default moods choose: most pages dissolve into each other; where the story turns it fades through black, and where it
is lively a page slides in or is wiped open, but never twice in a row. A choice depends on the page and the one before.
"""

from random import Random

from schemas import Mood, Seed, TransitionKind

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


def transition_by_mood(before: Mood, mood: Mood, page: int, seed: Seed) -> TransitionKind:
    """The transition from a page of mood ``before`` to ``page``, of mood ``mood``."""
    if (before in DARK and mood in BRIGHT) or (before in BRIGHT and mood in DARK):
        return TransitionKind.FADE
    is_lively_page = (page + Random(f"transitions {seed}").randrange(2)) % 2 == 0
    if is_lively_page and mood in LIVELY and Random(f"transition {seed} {page}").random() < LIVELY_SHARE:
        return LIVELY[mood]
    return TransitionKind.DISSOLVE


def frames_of(kind: TransitionKind, fps: int) -> int:
    """How many frames a transition takes: none only where there is none to be seen."""
    return max(1, round(LENGTHS_S[kind] * fps)) if LENGTHS_S[kind] else 0
