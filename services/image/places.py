"""Every place by name. A place draws far to near and ends by laying the ground on which the cast stands."""

from collections.abc import Callable

from services.image.canvas import Canvas
from services.image.countryside import desert, forest, meadow, mountain, snowfield
from services.image.heavens import clouds, moon, space
from services.image.interiors import bedroom, cave, kitchen
from services.image.learning import classroom, library
from services.image.scene import Scene
from services.image.settlements import castle, city, farm, garden, market, ruins, village
from services.image.waters import beach, bridge, island, river, sea, underwater

PLACES: dict[str, Callable[[Canvas, Scene], None]] = {
    "meadow": meadow,
    "forest": forest,
    "mountain": mountain,
    "desert": desert,
    "snowfield": snowfield,
    "village": village,
    "market": market,
    "ruins": ruins,
    "city": city,
    "castle": castle,
    "farm": farm,
    "garden": garden,
    "beach": beach,
    "sea": sea,
    "island": island,
    "river": river,
    "bridge": bridge,
    "underwater": underwater,
    "space": space,
    "moon": moon,
    "clouds": clouds,
    "bedroom": bedroom,
    "kitchen": kitchen,
    "classroom": classroom,
    "library": library,
    "cave": cave,
}
ROOMS = frozenset({"bedroom", "kitchen", "classroom", "library"})
"""Places inside a house."""
OWN_SKY = frozenset({"moon", "space", "underwater", "cave"}) | ROOMS
"""Places that paint what is behind them themselves."""
NO_LAND = OWN_SKY | {"sea", "clouds", "bridge"}
"""Places with no ground under the open sky that a building could stand on."""
LAMPLIT = ROOMS
"""Places where somebody lights a lamp at night."""
SNOWED_ON = frozenset({"meadow", "forest", "mountain", "village", "castle", "farm", "garden", "river", "ruins", "city"})
"""Places on whose land snow lies where it snows."""
