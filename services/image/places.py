"""Every place by name. A place draws far to near and ends by laying the ground on which the cast stands."""

from collections.abc import Callable

from services.image.canvas import Canvas
from services.image.countryside import desert, forest, meadow, mountain, snowfield
from services.image.heavens import clouds, moon, space
from services.image.interiors import bedroom, cave, kitchen
from services.image.scene import Scene
from services.image.settlements import castle, city, farm, garden, village
from services.image.waters import beach, island, river, sea, underwater

PLACES: dict[str, Callable[[Canvas, Scene], None]] = {
    "meadow": meadow,
    "forest": forest,
    "mountain": mountain,
    "desert": desert,
    "snowfield": snowfield,
    "village": village,
    "city": city,
    "castle": castle,
    "farm": farm,
    "garden": garden,
    "beach": beach,
    "sea": sea,
    "island": island,
    "river": river,
    "underwater": underwater,
    "space": space,
    "moon": moon,
    "clouds": clouds,
    "bedroom": bedroom,
    "kitchen": kitchen,
    "cave": cave,
}
OWN_SKY = frozenset({"moon", "space", "underwater", "bedroom", "kitchen", "cave"})
"""Places that paint what is behind them themselves."""
LAMPLIT = frozenset({"bedroom", "kitchen"})
"""Places where somebody lights a lamp at night."""
