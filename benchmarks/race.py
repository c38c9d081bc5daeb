"""A race: contenders are processes of their own, which take short turns.

So whatever else the machine does meets all of them alike, and no two frameworks share a process.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median


class Death(Exception):
    """A contender died; these are its last words."""


class Contender:
    """A process that plays one contender (`benchmarks.turns` is its side), past its start-up.

    Args:
        command: a module and its arguments.
        python: the interpreter.
        environment: variables to be set for it.

    Raises:
        Death: as all methods, if it died.
    """

    def __init__(self, *command: str, python: str = sys.executable, **environment: str):
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115, it lives as long as this
        try:
            self.process = subprocess.Popen(
                [python, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=self._errors, text=True, bufsize=1, env={**os.environ, **environment},
            )  # fmt: skip
        except OSError as error:
            raise Death(f"{python}: {error.strerror}") from None
        self._answer()

    def turn(self, seconds: float) -> float:
        """Lets it run for at least so long, and no other; returns its iterations per second."""
        try:
            self.process.stdin.write(f"{seconds}\n")
        except BrokenPipeError:
            raise self._death() from None
        return float(self._answer())

    def end(self) -> None:
        self.process.communicate()

    def _answer(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            raise self._death()
        return line

    def _death(self) -> Death:
        status = self.process.wait()
        self._errors.seek(0)
        words = self._errors.read().decode(errors="replace").split("\n")
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        return Death(": ".join([how, *[line.strip() for line in words if line.strip()][-1:]]))


def race(
    start: dict[str, Callable[[], Contender]], rounds: int, seconds: float
) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Starts all, and lets them take turns.

    Returns:
        the iterations per second of each that lived to the end, by round; the last words of
        each that died.
    """
    rates, dead = {name: [] for name in start}, {}

    def alive(name: str, play: Callable):
        try:
            return play()
        except Death as death:
            dead[name] = str(death)

    with ThreadPoolExecutor(len(start)) as pool:
        started = dict(zip(start, pool.map(alive, start, start.values())))
    for _ in range(rounds):
        for name, contender in started.items():
            if name not in dead:
                rates[name].append(alive(name, partial(contender.turn, seconds)))
    living = [name for name in start if name not in dead]
    for name in living:
        started[name].end()
    return {name: rates[name] for name in living}, dead


def ratio(rates: dict[str, list[float]], first: str, second: str) -> float:
    """The median of the rounds' ratios; not a number if one of the two died."""
    if not {first, second} <= rates.keys():
        return float("nan")
    return median(one / other for one, other in zip(rates[first], rates[second]))
