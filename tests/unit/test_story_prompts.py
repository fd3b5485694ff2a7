"""What is read out of prompts: who is in them, what they are after, where, and in what weather."""

import pytest

from schemas import StoryRequested
from services.story import chinese_topic, english_topic
from services.story.writer import GrammarWriter


def told(topic: str, pages: int = 12, seed: int = 0) -> str:
    script = GrammarWriter().write(StoryRequested(task_id=1, topic=topic, page_count=pages, seed=seed))
    return " ".join(page.story for page in script.pages)


@pytest.mark.parametrize(
    ("topic", "hero", "companion", "others"),
    [
        ("an old lighthouse keeper who writes letters", "lighthouse keeper", None, []),
        ("my dog Rex gets lost in London", "Rex", None, []),
        ("the clever goat Gruff and the bear", "Gruff", "bear", []),
        ("the girl and her grandfather plant a tree", "girl", "grandfather", []),
        ("Lily, Max and their dog build a tree house", "Lily", "Max", ["dog"]),
        ("two foxes and a bear cross the river", "fox", "bear", []),
        ("小明和奶奶在雨中找蓝手套", "小明", "奶奶", []),
        ("小明、小红和小狗建树屋", "小明", "小红", ["狗"]),
        ("我的小狗旺旺在上海迷路了", "旺旺", None, []),
        ("小兔子和小乌龟比赛跑步", "兔子", "乌龟", []),
        ("小熊弄坏了奶奶的眼镜", "熊", None, []),
        ("三个小朋友一起建树屋", "小朋友", None, []),
    ],
)
def test_who_is_in_a_prompt(topic: str, hero: str, companion: str | None, others: list[str]) -> None:
    premise = (english_topic if topic.isascii() else chinese_topic).understand(topic)
    who = [role and (role.name or role.noun) for role in (premise.hero, premise.companion, *premise.others)]
    assert who == [hero, companion, *others]


@pytest.mark.parametrize(
    ("topic", "do", "sort"),
    [
        ("a rabbit who bakes cakes", "bake cakes", "craft"),
        ("a dragon who doesn't want to go to bed", "fall asleep", "sleep"),
        ("a robot who cannot swim", "swim", "skill"),
        ("a turtle that wins a race", "win a race", "contest"),
        ("a firefighter who rescues a kitten on a stormy night", "rescue a kitten", "help"),
        ("Tom and his grandmother look for the blue mitten in the rain", "find the blue mitten", "find"),
        ("a penguin who has no friends", "find a friend", "friend"),
        ("my little sister wants a puppy", "find a puppy", "find"),
        ("my dog Rex gets lost in London", "find the way home", "away"),
        ("a boy who broke his mother's vase", "put everything right", "broken"),
        ("a boy who told a lie about a vase", "make everything right again", "mend"),
        ("一只做蛋糕的小兔子", "做蛋糕", "craft"),
        ("救小猫的消防员", "救小猫", "help"),
        ("不会游泳的机器人", "游泳", "skill"),
        ("小龙帮助迷路的蜜蜂", "帮助迷路的蜜蜂", "help"),
        ("小女孩米娅想在北京种一棵向日葵", "种一棵向日葵", "make"),
        ("小兔子和小乌龟比赛跑步", "赢得赛跑", "contest"),
        ("小蝌蚪找妈妈", "找妈妈", "find"),
        ("没有朋友的小狼", "找到一个朋友", "friend"),
        ("机器猫修好了时钟", "修好时钟", "make"),
        ("打碎花瓶的小男孩", "把一切弥补回来", "broken"),
        ("a dog who lost his bone", "find the lost bone", "lost"),
        ("two astronauts stuck on Mars", "find the way home", "away"),
        ("the three little pigs build a rocket", "build a rocket", "make"),
        ("a spider who always spins webs", "spin webs", "work"),
        ("my dad drives a garbage truck", "drive a garbage truck", "any"),
        ("grandpa and the broken radio", "mend the broken radio", "make"),
        ("a mouse and an elephant become friends", "become friends", "friend"),
        ("Please make a story where a hedgehog and a balloon become friends", "become friends", "friend"),
        ("a cat goes to the library", "go to the library", "outing"),
        ("a birthday party for a hedgehog", "prepare a birthday party", "make"),
        ("my sister's first night alone", "stop being afraid of the first night alone", "fear"),
        ("Grandpa teaches me to fish", "fish", "skill"),
        ("an astronaut who misses home", "find the way home", "home"),
        ("豆豆丢了他的红气球", "找到红气球", "lost"),
        ("在太空迷路的宇航员", "回家", "away"),
        ("从天上掉下来的小星星", "回到天上", "home"),
        ("睡不着的小熊", "睡着", "sleep"),
        ("爱吃胡萝卜的小兔子", "找到最好吃的胡萝卜", "find"),
        ("老鼠和大象比力气", "赢得比赛", "contest"),
        ("孙悟空去太空", "去太空", "reach"),
        ("爸爸带我去钓鱼", "钓鱼", "outing"),
        ("老师拯救学校图书馆", "拯救学校图书馆", "help"),
        ("第一天上幼儿园", "上幼儿园", "first"),
    ],
)
def test_what_somebody_does_or_cannot_do_is_what_they_are_after(topic: str, do: str, sort: str) -> None:
    wish = (english_topic if topic.isascii() else chinese_topic).understand(topic).wish
    assert wish is not None
    assert (wish.do, wish.sort) == (do, sort)


@pytest.mark.parametrize(
    ("topic", "theme"),
    [
        ("a whale who keeps a promise", "promises"),
        ("Mia learns to share", "sharing"),
        ("a boy who never shares his toys", "sharing"),
        ("how to be brave", "courage"),
        ("friendship between a wolf and a sheep", "friendship"),
        ("小猫学会分享", "sharing"),
        ("两个好朋友吵架了", "friends"),
    ],
)
def test_what_is_a_theme_is_no_wish(topic: str, theme: str) -> None:
    premise = (english_topic if topic.isascii() else chinese_topic).understand(topic)
    assert premise.wish is None
    assert premise.theme_entry is not None
    assert premise.theme_entry.id == theme


@pytest.mark.parametrize(
    ("topic", "sentence"),
    [
        ("a girl who can talk to animals", "She could talk to animals."),
        ("a young prince with no crown", "He had no crown."),
        ("a bear called Otto who is always late", "was always late."),
    ],
)
def test_what_somebody_is_or_has_is_told_in_a_sentence_of_its_own(topic: str, sentence: str) -> None:
    assert sentence in told(topic)


def test_who_else_is_in_a_prompt_is_met_before_anybody_who_is_not() -> None:
    for seed in range(20):
        script = GrammarWriter().write(
            StoryRequested(task_id=1, topic="Lily, Max and a camel build a raft", page_count=25, seed=seed)
        )
        hero, friend, *met = [one.kind for one in script.characters]
        assert (hero, friend) == ("girl", "boy")
        assert "camel" in met


def test_several_heroes_speak_of_themselves_as_we() -> None:
    for seed in range(20):
        text = told("three little pigs who want to touch the moon", 40, seed)
        assert "the little pigs" in text
        assert '"I am too small' not in text
        assert "我这么小" not in told("三只小猪想摸月亮", 40, seed)


def test_what_was_broken_is_what_is_mended() -> None:
    for seed in range(5):
        text = told("a boy who broke the window", 12, seed)
        assert "the window" in text
        assert "clock" not in text
