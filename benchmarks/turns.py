"""A contender's side of a race; it needs Python alone, whatever the contender computes with."""

import sys
import time


class Turns:
    """To be called after every few iterations; does not return while others have their turns."""

    def __init__(self):
        self.iterations, self.start, self.least = 0, None, 0.0

    def __call__(self, iterations: int) -> None:
        self.iterations += iterations
        if self.start is None:
            self._wait("ready")
        elif (seconds := time.perf_counter() - self.start) > self.least:
            self._wait(self.iterations / seconds)

    def _wait(self, report) -> None:
        print(report, flush=True)
        seconds = sys.stdin.readline()
        if not seconds:
            sys.exit()
        self.iterations, self.start, self.least = 0, time.perf_counter(), float(seconds)
