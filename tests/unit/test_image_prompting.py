"""What a painting model is told."""

from schemas import Character, ImageRequested, Mood
from services.image.prompting import LONGEST_LOOK, portrait_prompt, prompt

FINN = Character(name="Finn", kind="fox", description="orange fur, blue scarf")
OWL = Character(name="Olga", kind="owl", description="grey feathers, round glasses")
STYLE = "watercolour"


def asked(words: str, **more: object) -> ImageRequested:
    fields = {"task_id": 5, "page": 1, "prompt": words, "characters": (FINN, OWL), "mood": Mood.WONDER}
    return ImageRequested.model_validate(fields | more)


def test_the_hero_comes_first_and_in_the_same_words_on_every_page() -> None:
    prompts = [prompt(asked(words), STYLE) for words in ("Finn climbs a hill", "the moon over the sea")]
    assert all(told.startswith("Finn (fox): orange fur, blue scarf. ") for told in prompts)


def test_others_are_described_where_the_page_names_them() -> None:
    assert "grey feathers" in prompt(asked("Finn meets Olga at the river"), STYLE)
    assert "grey feathers" not in prompt(asked("Finn climbs a hill"), STYLE)


def test_place_mood_and_style_are_told_and_the_order_decides_the_style() -> None:
    told = prompt(asked("Finn climbs a hill.", place="the valley of bells"), STYLE)
    assert told.endswith("Finn climbs a hill. the valley of bells. wonder mood. watercolour")
    assert prompt(asked("Finn climbs", style="paper cut"), STYLE).endswith("paper cut")


def test_a_long_description_is_cut_behind_a_word() -> None:
    long = Character(name="Finn", kind="fox", description="very " * 100 + "red")
    told = portrait_prompt(asked("x", characters=(long,)), STYLE)
    assert told is not None
    assert len(told) < LONGEST_LOOK + 100
    assert "very." in told


def test_a_portrait_shows_the_hero_alone_and_nobody_where_nobody_is_described() -> None:
    assert portrait_prompt(asked("Finn meets Olga"), STYLE) == (
        "Finn (fox): orange fur, blue scarf. full body portrait, plain background. watercolour"
    )
    assert portrait_prompt(asked("a hill", characters=()), STYLE) is None


def test_a_chinese_story_is_told_in_its_own_words() -> None:
    hero = Character(name="小狐狸", kind="狐狸", description="橙色的毛")
    assert prompt(asked("小狐狸在海边。", characters=(hero,)), STYLE).startswith("小狐狸: 橙色的毛. 小狐狸在海边. ")
