"""Postures: where the limbs of a body are for each pose, in rig units (a child is 272 high, its feet at y = 0)."""

from dataclasses import dataclass

from services.image.scene import Pose

Point = tuple[float, float]


@dataclass(frozen=True)
class Posture:
    """One pose, drawn as if facing right. Hands and feet are where limbs end; elbows and knees bow by ``bend``."""

    left_hand: Point = (-62, -64)
    right_hand: Point = (62, -64)
    left_foot: Point = (-25, -8)
    right_foot: Point = (25, -8)
    lean: float = 0
    """Degrees, forward positive."""
    drop: float = 0
    """How far the body sinks towards the ground."""
    lift: float = 0
    """How far the figure is above the ground."""
    head: Point = (0, 0)
    tilt: float = 0
    arms_in_front: bool = False
    is_seated: bool = False
    is_lying: bool = False


POSTURES: dict[Pose, Posture] = {
    Pose.STAND: Posture(head=(3, 0), tilt=2),
    Pose.WAVE: Posture(right_hand=(92, -190), head=(-2, 0), tilt=-5),
    Pose.SIT: Posture(left_hand=(-52, -34), right_hand=(52, -34), drop=34, is_seated=True, tilt=3),
    Pose.WALK: Posture((-58, -82), (58, -74), (-36, -14), (34, -6), lean=4, head=(6, 0), tilt=2),
    Pose.RUN: Posture((-72, -104), (78, -112), (-66, -40), (44, -8), lean=13, lift=10, head=(10, 2), tilt=2),
    Pose.JUMP: Posture((-82, -196), (86, -200), (-44, -26), (44, -18), lift=72, head=(0, -6), tilt=-3),
    Pose.FLY: Posture((-88, -168), (104, -196), (-66, -26), (-34, -6), lean=26, lift=120, head=(8, 4), tilt=-2),
    Pose.SWIM: Posture((-92, -112), (100, -128), (-60, -20), (-26, -2), lean=24, lift=34, head=(8, 2)),
    Pose.SLEEP: Posture(is_lying=True),
    Pose.REACH: Posture((-52, -248), (66, -262), head=(3, 6), tilt=7),
    Pose.LOOK_UP: Posture((-54, -66), (60, -60), head=(-4, -3), tilt=-13),
    Pose.POINT: Posture((-58, -70), (108, -158), lean=3, head=(5, 0), tilt=4),
    Pose.HUG: Posture((52, -88), (88, -104), lean=5, head=(8, 4), tilt=9, arms_in_front=True),
    Pose.HOLD: Posture((-24, -78), (24, -78), head=(0, 2), tilt=4, arms_in_front=True),
    Pose.THINK: Posture((20, -78), (30, -122), head=(2, 2), tilt=9, arms_in_front=True),
    Pose.DANCE: Posture((-88, -168), (86, -66), (-30, -8), (46, -34), lean=-6, lift=6, head=(-4, 0), tilt=-9),
}
