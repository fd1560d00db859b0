"""A gate lets a few threads through, in the order in which they came."""

from __future__ import annotations

import threading

import pytest

from foundation.lib.gate import Gate

WAIT_S = 10


def test_who_came_first_goes_first() -> None:
    gate, order, came = Gate(1), [], threading.Event()
    threads = []

    def go(number: int) -> None:
        with gate.passed():
            order.append(number)

    with gate.passed():
        for number in range(5):
            threads.append(threading.Thread(target=go, args=(number,)))
            threads[-1].start()
            while gate.waiting() <= number:  # each stands in the queue before the next one comes
                came.wait(0.001)
        assert order == []
    for thread in threads:
        thread.join(WAIT_S)
    assert order == [0, 1, 2, 3, 4]
    assert gate.waiting() == 0


def test_no_more_than_its_places_are_inside_at_once() -> None:
    gate, inside, most = Gate(2), [], []

    def go() -> None:
        for _ in range(200):
            with gate.passed():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert len(most) == 1600
    assert max(most) <= 2


def test_who_is_inside_passes_again_at_once() -> None:
    gate = Gate(1)
    with gate.passed(), gate.passed():
        assert gate.waiting() == 0


def test_an_error_gives_the_place_back() -> None:
    gate = Gate(1)
    with pytest.raises(ValueError, match="lost"), gate.passed():
        raise ValueError("lost")
    done = threading.Thread(target=lambda: gate.passed().__enter__())
    done.start()
    done.join(WAIT_S)
    assert not done.is_alive()
