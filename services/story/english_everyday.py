"""What English prompts of every day are after: an outing, a first day, sleep."""

import re

from services.story.premise import Wish

_GOES_THERE = re.compile(r"(?:go|drive|ride|walk|take (?:a|the) (?:bus|train|tram)) (?:down |back )?to (?P<goal>.+)$")
_ONE_WORD = re.compile(
    r"go (?:camping|fishing|swimming|sledding|sledging|skating|skiing|hiking|shopping|sailing|picnicking)$"
)
_TRIP = re.compile(
    r"(?:go (?:on|for) |have |prepare )(?:an?|the|their|his|her) (?:[\w-]+ )*?"
    r"(?:picnic|trip|outing|excursion|holiday|walk|hike|ride|swim|day out)\b"
)
_HARVEST = re.compile(
    r"pick (?:some |the )?(?:[\w-]+ )?(?:berries|strawberries|blueberries|raspberries|blackberries|apples|cherries"
    r"|pears|plums|mushrooms|flowers|pumpkins)$"
)
_FAR = re.compile(
    r"\b(?:moon|stars?|sun|sky|clouds?|rainbow|space|mars|planet|world|earth|pole|bed|sleep|land of|bottom"
    r"|cent(?:re|er)|end|top|home|war|school|kindergarten|hospital|doctor|dentist)\b"
)
"""Where nobody goes for an afternoon, or for the fun of it."""
_SLEEP = re.compile(
    r"(?:fall asleep|get to sleep|go to (?:bed|sleep)|sleep(?: (?:alone|well|early|at night|(?:all|through the) night"
    r"|in (?:his|her|their) (?:own |new )?(?:bed|room)))?)$"
)
_SCHOOL = re.compile(r"\b(?P<school>school|kindergarten|nursery(?: school)?|preschool|pre-school|daycare|playgroup)\b")


def everyday_wish(do: str) -> Wish | None:
    """The wish to go out for the day, or to fall asleep; None for any other."""
    if _SLEEP.match(do):
        return Wish(do="fall asleep", did="fell asleep", sort="sleep")
    there = _GOES_THERE.match(do)
    if _FAR.search(do) or not (there or _ONE_WORD.match(do) or _TRIP.match(do) or _HARVEST.match(do)):
        return None
    goal = there["goal"] if there else None
    return Wish(do=do, sort="outing", thing=goal, goal=goal)


def first_day(what: str) -> Wish | None:
    """The wish behind a first day at school, of ``day at school``; None for any other first time."""
    school = _SCHOOL.search(what)
    if school is None or not what.startswith("day"):
        return None
    place = school["school"]
    return Wish(
        do=f"go to {place}",
        did=f"went to {place}",
        sort="first",
        thing=f"the first {what}",
        goal=f"the {place} classroom",
    )
