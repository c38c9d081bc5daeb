"""A process is known to be dead only on its own machine and in its own container."""

import subprocess
import sys

from ganpkg import process

WHO = "from ganpkg import process; print(process.own_name(), flush=True); input()"


def test_a_process_is_dead_when_it_has_ended():
    child = subprocess.Popen(
        [sys.executable, "-c", WHO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    name = child.stdout.readline().strip()
    assert not process.is_dead(name) and not process.is_dead(process.own_name())
    child.communicate("\n")
    assert process.is_dead(name)


def test_another_process_may_have_the_same_id():
    place, pid, start = process.own_name().split()
    assert process.is_dead(f"{place} {pid} {int(start) - 1}")


def test_nothing_is_known_about_a_process_elsewhere():
    """In another container of this host, on a host of the same name, or with a malformed name."""
    place, _, start = process.own_name().split()
    boot, _, namespace = place.partition("/")
    for other in (f"{boot}/pid:[1]", f"other-boot/{namespace}"):
        assert not process.is_dead(f"{other} 1 {start}x")
    assert not process.is_dead("") and not process.is_dead("host 1 2.5")
