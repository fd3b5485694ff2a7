"""What one way of reading a prompt has found, in whichever language it is."""

from services.story.lexicon import Theme
from services.story.premise import Place, Role, Wish


class Found:
    """Who is in a prompt, what they want, what it is about, and where it is set. None: it does not say."""

    def __init__(self) -> None:
        self.hero: Role | None = None
        self.companion: Role | None = None
        self.others: list[Role] = []
        """Who is in it beside the hero and the companion."""
        self.wish: Wish | None = None
        self.theme: str | None = None
        self.theme_entry: Theme | None = None
        self.place: Place | None = None
