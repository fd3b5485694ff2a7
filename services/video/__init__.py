"""The video service: pictures, narration and music become the film."""
