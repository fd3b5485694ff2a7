"""What everybody in a picture does, and how they are fit for its place."""

from collections.abc import Iterable
from dataclasses import replace

from schemas import ImageRequested, Mood
from services.image.cues import Said
from services.image.scene import Accessory, Expression, Figure, Look, Pose, Prop

_AIRLESS = frozenset({"space", "moon", "underwater"})
_NEUTRAL_POSES = (Pose.WAVE, Pose.WALK, Pose.LOOK_UP, Pose.STAND, Pose.POINT, Pose.SIT, Pose.REACH)
_SHARED_POSES = frozenset({Pose.HUG, Pose.DANCE, Pose.JUMP, Pose.SLEEP, Pose.RUN, Pose.WALK, Pose.SIT})
_ON_THE_WAY = frozenset({Pose.RUN, Pose.WALK})


def posed(looks: list[Look], request: ImageRequested, said: Said) -> Iterable[Figure]:
    """Give every figure its pose and expression; the hero looks right, others towards it or, on the way, with it."""
    poses = [Pose(value) for value in said.of("pose")]
    told = said.first("pose", or_in_story=True)
    story_pose = None if told == Pose.SLEEP else told
    hero = (
        poses[0]
        if poses
        else Pose(story_pose)
        if story_pose
        else _NEUTRAL_POSES[(request.page + request.seed) % len(_NEUTRAL_POSES)]
    )
    for urgent in (Pose.SLEEP, Pose.HUG):
        if urgent in poses:
            hero = urgent
    feeling = said.first("expression", or_in_story=True)
    mood = {Mood.JOYFUL: Expression.HAPPY, Mood.TRIUMPHANT: Expression.HAPPY, Mood.SAD: Expression.SAD}.get(
        request.mood, Expression.PLAIN
    )
    expression = Expression(feeling) if feeling else mood
    are_on_the_way = hero in _ON_THE_WAY
    for number, look in enumerate(looks):
        if hero in _SHARED_POSES or look.kind == looks[0].kind:
            pose = hero
        elif look.is_airborne:
            pose = Pose.FLY
        else:
            pose = (Pose.STAND, Pose.WAVE, Pose.LOOK_UP)[(number + request.page) % 3]
        if look.swims and pose is not Pose.SLEEP:
            pose = Pose.SWIM
        shown = Expression.ASLEEP if pose is Pose.SLEEP and not said.of("awake") else expression
        yield Figure(look, pose, shown, -1 if number % 2 and not are_on_the_way else 1)


def holding(cast: tuple[Figure, ...], props: tuple[Prop, ...]) -> tuple[Figure, ...]:
    """A small thing goes into the hands of a hero who holds something."""
    if not cast or cast[0].pose is not Pose.HOLD or cast[0].look.body in ("whole", "limbed"):
        return cast
    small = next((prop.icon for prop in props if prop.height <= 0.4 and not prop.is_dressing), None)
    return (replace(cast[0], held=small), *cast[1:]) if small else cast


def _equipped(figure: Figure, place: str) -> Figure:
    """A glass helmet for whoever breathes air, where there is none."""
    look = figure.look
    if (
        place not in _AIRLESS
        or not look.breathes_air
        or look.is_marine
        or any(worn.item == "bubble" for worn in look.accessories)
    ):
        return figure
    return replace(figure, look=replace(look, accessories=(*look.accessories, Accessory("bubble", "#ffffff"))))


def _ashore(figure: Figure, place: str) -> Figure:
    """Nobody swims in the air, where there is no water or above the sea, and who has wings flies over it."""
    if place == "sea" and figure.look.is_airborne and figure.pose not in (Pose.SLEEP, Pose.HUG):
        return replace(figure, pose=Pose.FLY)
    is_above_water = figure.look.swims and figure.pose is Pose.SWIM and place != "underwater"
    return replace(figure, pose=Pose.STAND) if is_above_water else figure


def at_home(figure: Figure, place: str) -> Figure:
    """The figure as it can be in a place: with air to breathe, and out of the water where there is none."""
    return _ashore(_equipped(figure, place), place)
