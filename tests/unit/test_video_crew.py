"""A crew that works for one film: who works beside it takes nobody's place, and its failure ends the work too."""

import threading

import pytest

from services.video.crew import Crew


def test_work_beside_the_others_begins_while_they_are_busy() -> None:
    heard, waited = threading.Event(), []
    with Crew(1) as crew:
        crew.start(lambda: waited.append(heard.wait(10)))
        crew.start_beside(heard.set)
        crew.finish()
    assert waited == [True]


def test_what_fails_beside_the_others_is_raised_before_they_are_done() -> None:
    going_on = threading.Event()

    def fail() -> None:
        raise ValueError("no sound")

    with Crew(1) as crew:
        busy = crew.start(lambda: going_on.wait(10))
        crew.start_beside(fail)
        with pytest.raises(ValueError, match="no sound"):
            crew.finish()
        assert not busy.done()
        going_on.set()
