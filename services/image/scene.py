"""A scene: what one page's picture shows, before anything is drawn. Made by the planner, read by the painter."""

from dataclasses import dataclass, field
from enum import StrEnum

from schemas import Mood, TimeOfDay


class Weather(StrEnum):
    """What the air does."""

    CLEAR = "clear"
    CLOUDY = "cloudy"
    RAIN = "rain"
    SNOW = "snow"
    WIND = "wind"
    FOG = "fog"
    STORM = "storm"


class Shot(StrEnum):
    """How near the camera is."""

    WIDE = "wide"
    MEDIUM = "medium"
    CLOSE = "close"


class Pose(StrEnum):
    """What a figure's body does."""

    STAND = "stand"
    WAVE = "wave"
    SIT = "sit"
    WALK = "walk"
    RUN = "run"
    JUMP = "jump"
    FLY = "fly"
    SWIM = "swim"
    SLEEP = "sleep"
    REACH = "reach"
    LOOK_UP = "look_up"
    POINT = "point"
    HUG = "hug"
    HOLD = "hold"
    THINK = "think"
    DANCE = "dance"


class Expression(StrEnum):
    """What a figure's face shows."""

    PLAIN = "plain"
    HAPPY = "happy"
    SAD = "sad"
    ASLEEP = "asleep"


@dataclass(frozen=True)
class Accessory:
    """Something that a figure wears, in a colour: its mark through the whole story."""

    item: str
    colour: str


@dataclass(frozen=True)
class Look:
    """What makes a figure recognisable. Equal on every page of a task.

    ``icon`` is the Fluent picture of the head, or of the whole figure; ``body`` names the rig that stands under it.
    """

    kind: str
    body: str
    icon: str = ""
    complexion: str = ""
    """Of people whose picture comes in several."""
    coat: str = "#c98a4b"
    belly: str = "#fff1dc"
    limbs: str = ""
    """Colour of arms and legs where it is not the coat's."""
    tint: str = ""
    """The main colour of a creature that is drawn whole, where it is not its picture's."""
    tail: str = ""
    ears: str = ""
    clothes: str = "#4f86d9"
    trousers: str = "#3d4f7c"
    accessories: tuple[Accessory, ...] = ()
    scale: float = 1.0
    """Height against a child's, in storybook proportion."""
    is_airborne: bool = False
    is_marine: bool = False
    swims: bool = False
    """Lives in water alone."""
    breathes_air: bool = True


@dataclass(frozen=True)
class Figure:
    """A character as it appears on this page. ``facing`` is -1 (left) or 1 (right)."""

    look: Look
    pose: Pose = Pose.STAND
    expression: Expression = Expression.PLAIN
    facing: int = 1
    held: str | None = None


@dataclass(frozen=True)
class Prop:
    """A thing beside the characters: its Fluent picture, where it belongs and its height against a child's."""

    icon: str
    zone: str
    height: float
    is_dressing: bool = False
    """Nobody named it: it may be left out where there is no room."""


@dataclass(frozen=True)
class Scene:
    """One page's picture. The first figure of ``cast`` is the hero; an empty cast is a landscape."""

    place: str = "meadow"
    time: TimeOfDay = TimeOfDay.DAY
    weather: Weather = Weather.CLEAR
    mood: Mood = Mood.CALM
    shot: Shot = Shot.MEDIUM
    cast: tuple[Figure, ...] = ()
    props: tuple[Prop, ...] = ()
    landmark: str = ""
    """A building that the place is known by; empty where none is named."""
    has_rainbow: bool = False
    has_moon: bool = False
    """Somebody named the moon: it is in the sky by day too."""
    has_big_moon: bool = False
    moon_face: Expression | None = None
    """Of a moon that does what people do."""
    has_sparkles: bool = False
    """Something has turned out well, and the air shines."""
    has_fireflies: bool = False
    """Somebody named them; by night they are there of themselves."""
    hero_x: float = 0.5
    """Where the hero stands across the picture, 0 to 1."""
    floor: float = 1.0
    """The lowest that feet may be, as a share of the height: upright films have their captions higher."""
    horizon: float = 0.54
    """Where the sky ends, as a share of the height."""
    zoom: float = 1.0
    """How many times nearer the place is than in its widest view."""
    pan: float = 0.5
    """Which part of a place seen nearer is in the picture: 0 its left, 1 its right."""
    is_bust: bool = False
    """The cast is seen from the hips upwards."""
    seed: int = 0
    place_seed: int = 0
    """Of what is the same on every page that plays in one room."""
    missing_words: tuple[str, ...] = field(default=())
