"""What the illustrator has in stock: kinds of characters, poses, places, and lights."""

from hypothesis import given
from hypothesis import strategies as st

from schemas import Mood, TimeOfDay
from services.image import heads
from services.image.light import light_of
from services.image.naming import kinds
from services.image.places import PLACES
from services.image.postures import POSTURES
from services.image.scene import Weather


def test_at_least_sixty_kinds_are_known_in_both_languages() -> None:
    assert len(kinds()) >= 60
    assert all(row["en"] and row["zh"] for row in kinds().values())


def test_every_kind_has_the_ears_that_it_is_known_by() -> None:
    for name, row in kinds().items():
        if not row.get("icon") and row.get("body", "plush") == "plush":
            assert row["ears"] in heads.EARS, name


def test_every_pose_but_those_of_lying_down_has_hands_within_the_drawing() -> None:
    for posture in POSTURES.values():
        for x, y in (posture.left_hand, posture.right_hand):
            assert -190 < x < 190
            assert y > -400


def test_every_room_and_landscape_of_a_storybook_is_there() -> None:
    assert len(PLACES) >= 24
    assert {"classroom", "library", "market", "bridge", "ruins"} <= PLACES.keys()


@given(time=st.sampled_from(TimeOfDay), weather=st.sampled_from(Weather), mood=st.sampled_from(Mood))
def test_every_light_is_made_of_colours(time: TimeOfDay, weather: Weather, mood: Mood) -> None:
    light = light_of(time, weather, mood)
    for colour in (*light.sky, light.ambient, light.haze, light.cloud, light.on("#6fbf5f", 0.5)):
        assert len(colour) == 7
        int(colour[1:], 16)
