"""The plot: which shape tells a wish, which beats and episodes make so many pages, and how the days go by."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from schemas import Tone
from services.story.blanks import blanks
from services.story.lexicon import themes
from services.story.premise import Premise, Wish
from services.story.shapes import Beat, Episode, Need, PageTemplate, Shape

DAY = ("dawn", "morning", "noon", "afternoon", "evening", "night")


@dataclass(frozen=True)
class Step:
    """One page of the plot."""

    page: PageTemplate
    time: str
    passed: str
    """How it follows the page before: first, soon, same (later that day), later (another day)."""
    scene: int
    """Pages of one scene share their spot and their guest."""


def choose_shape(
    premise: Premise, wish: Wish | None, shapes: dict[str, Shape], rng: Random, tone: Tone | None = None
) -> Shape:
    """A shape that can tell this wish, of ``tone`` where there is one; without a wish one of the theme or
    for two, or any.

    A shape that needs what the prompt does not have is taken only where there is no other.
    """
    if wish is not None:
        suited = [shape for shape in shapes.values() if wish.sort in shape.suits]
        if premise.theme_entry is not None:
            suited = [shape for shape in suited if shape.name in premise.theme_entry.shapes] or suited
    elif premise.theme_entry is not None or premise.companion is not None:
        theme = premise.theme_entry or themes()["two of them"]
        suited = [shapes[name] for name in theme.shapes]
    else:
        suited = list(shapes.values())
    suited = suited or [shape for shape in shapes.values() if "any" in shape.suits]
    suited = [shape for shape in suited if set(shape.needs) <= _needs_met(premise)] or suited
    suited = [shape for shape in suited if tone in shape.tones] or suited
    return rng.choice([shape for shape in suited for _ in range(shape.often if wish else 1)])


def _needs_met(premise: Premise) -> set[Need]:
    hero, friend = premise.hero, premise.companion
    met = set()
    if hero is None or not (hero.count or hero.pronoun == "they"):
        met.add(Need.ONE_HERO)
    if hero is None or not hero.is_grown:
        met.add(Need.YOUNG_HERO)
    if friend is None or (friend.kind is not None and friend.kind.little and not premise.others):
        met.add(Need.LITTLE_FRIEND)
    if not premise.are_friends:
        met.add(Need.NEW_FRIEND)
    return met


def plan(
    shape: Shape,
    episodes: Sequence[Episode],
    last_pages: Sequence[PageTemplate],
    facts: set[str],
    page_count: int,
    rng: Random,
    sort: str = "any",
) -> list[Step]:
    """So many steps, in order. ``facts`` are the blanks that can be filled, and what is so (:class:`Given`); one of
    ``last_pages``, if any, ends it.
    """
    beats_of = [
        beat.model_copy(update={"page": tuple(page for page in beat.page if _fits(page, facts, sort))})
        for beat in shape.beat
    ]
    usable = [beat for beat in beats_of if any(page.after is None for page in beat.page)]
    kept = sorted(usable, key=lambda beat: beat.rank)[:page_count]
    beats = [beat for beat in usable if beat in kept]
    missing = page_count - len(beats)
    scenes: list[list[PageTemplate]] = []
    if shape.one_day:
        episodes = [episode for episode in episodes if all(page.time is None for page in episode.page)]
    told = list(_on_the_way(episodes, missing, rng))
    road = shape.road if any(beat.name == shape.road for beat in beats) else beats[-1].name
    for beat in beats:
        if beat.name == road:
            scenes += told
            told = []
        is_last = beat is beats[-1]
        scenes.append(
            [
                _choose(beat, {beat.name for beat in beats}, rng)
                if not (is_last and last_pages)
                else rng.choice(list(last_pages))
            ]
        )
    if sort in {"night", "sleep"}:
        return _through_one_night(scenes)
    return _through_the_days(scenes, rng, is_one_day=shape.one_day)


def _fits(page: PageTemplate, facts: set[str], sort: str) -> bool:
    return page.of in {None, sort} and facts.issuperset(page.given) and blanks(page.text + page.picture) <= facts


def _choose(beat: Beat, told: set[str], rng: Random) -> PageTemplate:
    """One of the wordings. What was given in a beat that is told is used: its wording goes before others."""
    own = [page for page in beat.page if page.of]
    follows = [page for page in beat.page if page.after in told]
    return rng.choice(own or follows or [page for page in beat.page if page.after is None])


def _on_the_way(episodes: Sequence[Episode], pages: int, rng: Random) -> list[list[PageTemplate]]:
    """Scenes that make exactly so many pages: vignettes of one page, and episodes of two or three."""
    short = [episode for episode in episodes if len(episode.page) == 1]
    if pages <= 0:
        return []
    if pages == 1:
        return [list(rng.choice(short).page)]
    long = [episode for episode in episodes if len(episode.page) == 3]
    order = rng.sample(long, len(long))
    count = min(len(order), max(1, pages // 2 if pages <= 6 else (pages + 2) // 3))
    sizes = [2] * count
    index = 0
    while sum(sizes) < pages:
        sizes[index % count] += 1
        index += 1
    return [
        [episode.page[0], *([episode.page[1]] if size > 2 else []), episode.page[2]]
        for episode, size in zip(order, sizes, strict=False)
    ]


def _through_the_days(scenes: list[list[PageTemplate]], rng: Random, *, is_one_day: bool) -> list[Step]:
    steps: list[Step] = []
    now = -1
    for number, scene in enumerate(scenes):
        for index, page in enumerate(scene):
            if now < 0:
                now = DAY.index(page.time or "morning")
                steps.append(Step(page, DAY[now], "first", number))
                continue
            then = DAY.index(page.time) if page.time else (now if index or is_one_day else _next(now, page, rng))
            passed = "soon" if then == now else "same" if then > now else "later"
            now = then
            steps.append(Step(page, DAY[now], passed, number))
    return steps


def _through_one_night(scenes: list[list[PageTemplate]]) -> list[Step]:
    """The steps of a story of one night, and of the day after it, on the last pages that name a time."""
    pages = [(page, number) for number, scene in enumerate(scenes) for page in scene]
    night = max(at for at, (page, _) in enumerate(pages) if page.time is None or at == 0) + 1
    steps = [Step(page, "night", "soon" if at else "first", number) for at, (page, number) in enumerate(pages[:night])]
    now = -1
    for page, number in pages[night:]:
        then = DAY.index(page.time or "morning")
        steps.append(Step(page, DAY[then], "same" if 0 <= now < then else "later", number))
        now = then
    return steps


def _next(now: int, page: PageTemplate, rng: Random) -> int:
    """The time of day of a page that names none."""
    if now >= DAY.index("evening"):
        return DAY.index("morning") if rng.random() < 0.7 else DAY.index("noon")
    return now + 1
