"""The Chinese voice of the story writer."""

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from schemas import AgeGroup, Language, Mood
from services.story import chinese_figures, chinese_nouns, chinese_topic, chinese_wish
from services.story.cast import Figure, Names, Setting, Spot, Token
from services.story.lexicon import Kind, table
from services.story.plot import Step
from services.story.premise import SOUGHT, Place, Premise, Role, Wish
from services.story.voice import Telling

_SKY = re.compile(r"月亮|星|太阳|云|天空|彩虹|火星|流星|风筝|气球")
_CLEAR_SKY = re.compile(r"星星|星空|月亮|月光|太阳|阳光|彩虹|晚霞|晴")
_CHARACTERS_A_PAGE = (36, 60)
_LONG_PAGE = (50, 90)
_HAN = re.compile(r"[\u3400-\u9fff]")


class Chinese:
    """See :class:`services.story.voice.Voice`."""

    language: Language = "zh"
    small = "小"

    @property
    def _world(self) -> Any:
        return table(chinese_nouns.WORLD)

    def understand(self, gist: str) -> Premise:
        return chinese_topic.understand(gist)

    def work(self, does: str) -> Wish:
        return chinese_wish.work_of(chinese_wish.wish_of(does))

    def role(self, text: str) -> Role:
        return chinese_nouns.role(text)

    def place(self, text: str) -> Place:
        return chinese_nouns.place(text)

    def names(self, rng: Random, taken: set[str]) -> Names:
        pools = dict(self._world["names"])
        pools |= {"worn": self._world["marks"]["worn"], "trait": self._world["traits"]["all"]}
        pools["token"] = [token["name"] for token in self._world["tokens"]]
        return Names(pools, rng, taken)

    def hero(self, role: Role | None, realm: str, names: Names, rng: Random) -> Figure:
        return chinese_figures.hero(role, realm, names, rng)

    def figure(self, role: Role, names: Names, rng: Random) -> Figure:
        return chinese_figures.figure(role, names, rng)

    def met(self, kind: Kind, names: Names, rng: Random) -> Figure:
        return chinese_figures.met(kind, names, rng)

    def elder(self, kind: Kind, names: Names, rng: Random) -> Figure:
        return chinese_figures.elder(kind, names, rng)

    def token(self, names: Names) -> Token:
        name = names.take("token")
        token = next(entry for entry in self._world["tokens"] if entry["name"] == name)
        return Token(
            introduction=f"一{token['measure']}{token['name']}",
            name=f"那{token['measure']}{token['name']}",
            drawn=f"一{token['measure']}{token['name']}",
        )

    def setting(self, place: Place | None, realm: str, weather: str | None, rng: Random) -> Setting:
        world = self._world["realms"][realm]
        home = Spot(*rng.choice(world["homes"])) if place is None else Spot(place.name, place.at)
        spots = [Spot(*spot) for spot in rng.sample(world["spots"], len(world["spots"]))]
        return Setting(
            realm=realm,
            home=home,
            places={key: Spot(*rng.choice(world[key])) for key in ("path", "high", "shelter", "open")},
            spots=tuple(spot for spot in spots if spot.name != home.name),
            weather=weather or rng.choice(world["weather"]),
        )

    def facts(self, premise: Premise, wish: Wish, hero: Figure, friend: Figure, setting: Setting) -> dict[str, str]:
        found = {
            "hero": hero.name,
            "a_hero": hero.opening,
            "kind": hero.noun,
            "ta": hero.pronoun,
            "tamen": _together(hero, friend),
            "wo": "我们" if hero.pronoun.endswith("们") else "我",
            "ni": "你们" if hero.pronoun.endswith("们") else "你",
            "do": wish.do,
            "did": wish.did,
            "home": setting.home.name,
            "seen": wish.thing or "周围的一切",
            "made": wish.thing or "礼物",
            "thing_or_sky": wish.thing or "星星",
        } | {key: spot.name for key, spot in setting.places.items()}
        found |= {f"at_{key}": spot.at for key, spot in setting.places.items()}
        if setting.realm in table("lexicon.toml")["rainy"] and setting.weather != "snow":
            found["shower"] = "下雨"
        if wish.thing:
            found["thing"] = wish.thing
            if not wish.thing.endswith("秘密"):
                found["secret"] = wish.thing
            if _SKY.search(wish.thing) and wish.sort not in SOUGHT:
                found["sky"] = wish.thing
        if premise.companion and wish.sort != "friend":
            found["bond"] = f"{hero.pronoun}最好的朋友，就是{{friends}}。"
        for key in ("trait", "relief"):
            if premise.hero and (told := getattr(premise.hero, key)):
                found[key] = f"{hero.pronoun}{told}。"
        found |= wish.told
        if premise.theme:
            found["theme"] = premise.theme
        return found

    def said(self, quoted: str, facts: Mapping[str, str]) -> Mapping[str, str]:
        return {}

    def lead(self, step: Step, telling: Telling, *, brief: bool) -> str:
        is_soon = step.passed in {"first", "soon"}
        leads = self._world["leads"]["soon"] if is_soon else self._world["times"][step.time][step.passed]
        if brief:
            leads = sorted(leads, key=len)[: 4 if is_soon else 1]
        return telling.least_used(leads)

    def first_lead(self, step: Step, telling: Telling) -> str:
        return telling.least_used(self._world["times"][step.time]["first"])

    def finish(self, text: str) -> str:
        text = re.sub(r"([。！？])[。，]", r"\1", text)
        text = text.replace("，，", "，").replace("的的", "的").replace("了了", "了").replace("去去", "去")
        return text.strip()

    def picture(self, hero: Figure, pose: str, spot: Spot, step: Step, weather: str, mood: Mood) -> str:
        first, *rest = [part.strip() for part in re.split("[；;]", pose)]
        time = self._world["times"][step.time]["drawn"]
        return self._drawn([f"{time}，{hero.look}在{spot.at}，{first}", *rest, *self._air(step.time, weather, mood)])

    def scene(self, figures: Sequence[Figure], action: str, spot: Spot, time: str, weather: str, mood: Mood) -> str:
        looks = [
            one.look if one.name in one.noun or one.noun in one.name else f"{one.name}（{one.look}）" for one in figures
        ]
        where = f"{self._world['times'][time]['drawn']}，{'和'.join(looks)}在{spot.at}"
        return self._drawn([where, *([action] if action else []), *self._air(time, weather, mood)])

    def shows_clear_sky(self, text: str) -> bool:
        return _CLEAR_SKY.search(text) is not None

    def length(self, text: str) -> int:
        return len(_HAN.findall(text))

    def room(self, age: AgeGroup | None) -> tuple[int, int]:
        return _LONG_PAGE if age is AgeGroup.LARGE else _CHARACTERS_A_PAGE

    def join(self, text: str, more: str) -> str:
        return text + more

    def kinds_met(self, realm: str) -> tuple[list[str], list[str]]:
        world = self._world["realms"][realm]
        return list(world["helpers"]), list(world["elders"])

    def named_again(self, text: str, hero: Figure) -> str:
        if hero.pronoun.endswith("们"):
            return text
        return re.sub(rf"^((?:“[^”]*”|[^“])*?){hero.pronoun}(?!们)", rf"\1{hero.name}", text, count=1)

    def listed(self, names: Sequence[str]) -> str:
        return "和".join(["、".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)

    def company(self, mood: Mood) -> list[str]:
        return list(self._world["company"][mood.value])

    def with_others(self, picture: str, looks: Sequence[str]) -> str:
        return "；".join([picture.removesuffix("。"), *(f"旁边是{look}" for look in looks)]) + "。"

    def title(self, text: str) -> str:
        return self.finish(text)[:300]

    def _air(self, time: str, weather: str, mood: Mood) -> list[str]:
        """What weather, light and mood add to a picture. A weather's own light takes the place of the hour's."""
        world = self._world
        sky = world["weathers"].get(weather, {})
        light = sky.get("night" if time == "night" else "day", world["times"][time]["light"])
        return [part for part in (sky.get("drawn", ""), light, world["moods"][mood.value]) if part]

    def _drawn(self, parts: Sequence[str]) -> str:
        return self.finish("；".join(parts)) + "。"


def _together(hero: Figure, friend: Figure) -> str:
    """它们 where none of both is a person, 她们 where both are she, else 他们."""
    each = {hero.pronoun[:1], friend.pronoun[:1]}
    return f"{each.pop()}们" if len(each) == 1 else "他们"
