"""Light: what time of day and weather do to every colour of a picture."""

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from schemas import Mood, TimeOfDay
from services.image.colour import mix, multiply
from services.image.scene import Weather

_DATA = Path(__file__).parent / "data" / "light.toml"
_GREY_OF = {Weather.CLOUDY: 0.30, Weather.RAIN: 0.52, Weather.SNOW: 0.42, Weather.FOG: 0.5, Weather.STORM: 0.78}
_DARK_OF = {Weather.CLOUDY: "#f1f1f4", Weather.RAIN: "#c3cad8", Weather.FOG: "#e2e4ea", Weather.STORM: "#8d93a8"}
_MOOD_TINT = {
    Mood.SAD: ("#8fa3cf", 0.16),
    Mood.TENSE: ("#5b4a7a", 0.16),
    Mood.JOYFUL: ("#ffe9a8", 0.10),
    Mood.TRIUMPHANT: ("#ffd88a", 0.12),
    Mood.WONDER: ("#c9a8ff", 0.10),
}


@dataclass(frozen=True)
class Light:
    """Colours of the air. ``sun_y`` is the height of sun or moon in the sky, 0 at the top and 1 at the horizon."""

    sky: tuple[str, ...]
    ambient: str
    haze: str
    sun: str
    glow: str
    cloud: str
    shade: str
    sun_y: float
    stars: float
    is_night: bool
    has_sun: bool

    def on(self, colour: str, depth: float = 0.0) -> str:
        """A thing's own colour as it is seen at ``depth``: 0 near, 1 lost in the haze."""
        return mix(multiply(colour, self.ambient), self.haze, min(0.92, depth * 0.85))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


def light_of(time: TimeOfDay, weather: Weather, mood: Mood) -> Light:
    """The light of a scene."""
    row = _table()[time.value]
    light = Light(
        sky=tuple(row["sky"]),
        **{name: row[name] for name in ("ambient", "haze", "sun", "glow", "cloud", "shade", "sun_y", "stars")},
        is_night=time is TimeOfDay.NIGHT,
        has_sun=weather not in (Weather.RAIN, Weather.STORM, Weather.FOG),
    )
    grey = _GREY_OF.get(weather, 0.0)
    dark = _DARK_OF.get(weather, "#ffffff")
    veil = multiply({TimeOfDay.NIGHT: "#3a4270", TimeOfDay.DUSK: "#8d7f9c"}.get(time, "#a9b7c8"), dark)
    tint, share = _MOOD_TINT.get(mood, ("#ffffff", 0.0))
    return replace(
        light,
        sky=tuple(mix(mix(colour, veil, grey), tint, share * 0.7) for colour in light.sky),
        ambient=mix(multiply(light.ambient, dark), multiply(tint, light.ambient), share),
        haze=mix(light.haze, veil, grey),
        cloud=mix(multiply(light.cloud, dark), veil, grey * 0.5),
        stars=light.stars * (1 - min(1.0, grey * 1.6)),
    )
