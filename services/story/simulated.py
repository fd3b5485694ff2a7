"""The simulated story writer: as many pages as are asked for, about the topic, in its language."""

from random import Random

from schemas import Character, Language, Mood, Page, Script, StoryRequested
from services.story.language import detect
from talestream.simulation import NAME, STAND_IN, Simulation

_WORDS: dict[Language, tuple[str, str, str, str]] = {
    "en": ("Page {page} of {count}. This is {hero}.", "This page is about {topic}.", "{hero}, page {page}", "somebody"),
    "zh": ("第{page}页，共{count}页。这是{hero}。", "这一页讲的是{topic}。", "{hero}，第{page}页", "主人公"),
}
"""The two sentences of a page, what its picture shows, and the hero where none is named."""
_LONGEST_TOPIC = 60
"""Characters of the topic that a page repeats."""


class SimulatedWriter:
    """Tells the page's number, the hero and the topic on each page."""

    name = NAME
    model: str | None = NAME
    degraded = STAND_IN

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def write(self, request: StoryRequested, text: str | None = None) -> Script:
        """See :class:`services.story.providers.StoryWriter`."""
        self._simulation.work()
        language = request.language or detect(request.topic)
        first, second, picture, nobody = _WORDS[language]
        topic = " ".join(request.topic.split())[:_LONGEST_TOPIC].rstrip(".。!！?？ ") or nobody
        hero = request.main_role or nobody
        moods = Random(request.seed)
        pages = [
            Page(
                story=f"{first}{'' if language == 'zh' else ' '}{second}".format(
                    page=page, count=request.page_count, hero=hero, topic=topic
                ),
                image_prompt=f"{picture}: {topic}".format(page=page, hero=hero),
                mood=moods.choice(tuple(Mood)),
            )
            for page in range(1, request.page_count + 1)
        ]
        return Script(
            title=topic,
            language=language,
            pages=tuple(pages),
            characters=(Character(name=hero, kind=hero),),
            place=request.scene or "",
            seed=request.seed,
        )


def simulated() -> SimulatedWriter:
    """The provider ``simulated`` of the story stage."""
    return SimulatedWriter(Simulation.configured("story"))
