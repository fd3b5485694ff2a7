"""The music service: one background track for a whole film, in the moods of its pages."""
