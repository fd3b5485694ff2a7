from aiokafka import TopicPartition

from talestream.turns import LAST_CHOICE_POLLS, NOWHERE, Turns

ONE, TWO, THREE = (TopicPartition("talestream.split", number) for number in range(3))


def test_every_partition_that_is_free_is_asked() -> None:
    assert Turns().next({ONE, TWO, THREE}, {TWO}) == {ONE, THREE}


def test_while_nothing_is_assigned_nobody_is_asked_for_just_any_message() -> None:
    turns = Turns()
    turns.withheld(ONE)
    assert turns.next(frozenset(), ()) == {NOWHERE}


def test_a_withheld_message_is_tried_once_others_have_had_none_for_long() -> None:
    turns = Turns()
    turns.withheld(ONE)
    asked = [turns.next({ONE, TWO}, ()) for _ in range(LAST_CHOICE_POLLS + 1)]
    assert asked == [{TWO}] * LAST_CHOICE_POLLS + [{ONE, TWO}]


def test_joining_a_group_however_long_brings_no_withheld_message_nearer() -> None:
    turns = Turns()
    turns.withheld(ONE)
    for _ in range(2 * LAST_CHOICE_POLLS):
        turns.next(frozenset(), ())
    assert turns.next({ONE, TWO}, ()) == {TWO}


def test_a_message_taken_from_elsewhere_puts_the_withheld_one_last_again() -> None:
    turns = Turns()
    turns.withheld(ONE)
    for _ in range(LAST_CHOICE_POLLS):
        turns.next({ONE, TWO}, ())
    turns.taken()
    assert turns.next({ONE, TWO}, ()) == {TWO}


def test_a_success_makes_all_partitions_equal_again() -> None:
    turns = Turns()
    turns.withheld(ONE)
    turns.all_is_well()
    assert turns.next({ONE, TWO}, ()) == {ONE, TWO}
