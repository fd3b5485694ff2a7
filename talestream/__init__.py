"""What every Talestream service stands on. The names below are for whoever writes a stage or a provider."""

from talestream.cancellation import check_cancelled, is_cancelled
from talestream.errors import BadInput, Cancelled, ProviderUnavailable, StageError, UserMustAct
from talestream.running_unit import RunningUnit, this_unit
from talestream.stage import Stage, StageContext, stage

__all__ = [
    "BadInput",
    "Cancelled",
    "ProviderUnavailable",
    "RunningUnit",
    "Stage",
    "StageContext",
    "StageError",
    "UserMustAct",
    "check_cancelled",
    "is_cancelled",
    "stage",
    "this_unit",
]
