"""Queues that have a formula: instant answers for a first sizing, and what the simulation must reproduce.

`load` is in erlangs: arrivals a minute times mean minutes of service. Sources: Erlang (1917); Palm (1957) and Garnett,
Mandelbaum & Reiman (2002) for patience; Cobham (1954) and Kella & Yechiali (1985) for priorities; Eick, Massey &
Whitt (1993) for load that changes over the day.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass


def erlang_b(*, servers: int, load: float) -> float:
    """The share of calls lost where nobody waits, by the stable recursion in the number of servers."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_b_load(*, servers: int, blocked: float) -> float:
    """The load at which a share of calls is lost, by bisection."""
    low, high = 0.0, float(servers)
    while erlang_b(servers=servers, load=high) < blocked:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if erlang_b(servers=servers, load=middle) < blocked else (low, middle)
    return (low + high) / 2


@dataclass(frozen=True)
class Queue:
    """A queue in the long run; times in the unit of the rates that were given.

    `waits`: the share that waits. `wait`: the mean over all calls. `abandons`: the share that gives up. `busy`: the
    share of the time a server is busy. `length`: the mean number waiting. `within(t)`: the share of calls whose wait
    ends in service within `t`.
    """

    waits: float
    wait: float
    abandons: float
    busy: float
    length: float
    within: Callable[[float], float]


def erlang_c(*, servers: int, arrivals: float, service: float) -> Queue:
    """Poisson calls, exponential service of a mean, everybody waits. Raises ValueError where the queue never ends."""
    load = arrivals * service
    if load >= servers:
        raise ValueError(f"{servers} servers cannot keep up with {load:g} erlangs.")
    blocked = erlang_b(servers=servers, load=load)
    waits = blocked / (1 - load / servers * (1 - blocked))
    rate = (servers - load) / service
    wait = waits / rate
    return Queue(waits, wait, 0.0, load / servers, arrivals * wait, lambda t: 1 - waits * math.exp(-rate * t))


def erlang_a(*, servers: int, arrivals: float, service: float, patience: float) -> Queue:
    """Poisson calls, exponential service and exponential patience: the birth and death chain, summed to its end.

    `wait` is the mean over all calls, those that give up included; `within` is not known in closed form and is of
    those who are served at once only at t = 0.
    """
    weight, weights = 1.0, [1.0]
    n = 0
    while True:
        n += 1
        leave = min(n, servers) / service + max(0, n - servers) / patience
        weight *= arrivals / leave
        weights.append(weight)
        if n > servers and weight < 1e-17 * max(weights):
            break
        if weight > 1e200:
            weights = [w / 1e200 for w in weights]
            weight /= 1e200
    total = math.fsum(weights)
    share = [w / total for w in weights]
    waits = math.fsum(share[servers:])
    length = math.fsum((n - servers) * p for n, p in enumerate(share) if n > servers)
    busy = math.fsum(min(n, servers) * p for n, p in enumerate(share)) / servers
    abandons = length / patience / arrivals
    return Queue(waits, length / arrivals, abandons, busy, length, lambda t: 1 - waits if t == 0 else math.nan)


def priorities(*, servers: int, arrivals: Sequence[float], service: float) -> list[float]:
    """Mean wait of each class, the most urgent first; nobody is interrupted, all are served alike."""
    waits = erlang_c(servers=servers, arrivals=sum(arrivals), service=service).waits
    residual = waits * service / servers
    before, found = 0.0, []
    for rate in arrivals:
        after = before + rate * service / servers
        found.append(residual / ((1 - before) * (1 - after)))
        before = after
    return found


def offered_load(*, mean: float, swing: float, period: float, service: float) -> Callable[[float], float]:
    """The number in service at each time with servers without end: arrivals mean + swing·sin(2πt/period), exponential
    service (Eick, Massey & Whitt 1993, eq. 15). Later and flatter than rate × service.
    """
    turn, rate = 2 * math.pi / period, 1 / service

    def at(t: float) -> float:
        wave = rate * math.sin(turn * t) - turn * math.cos(turn * t)
        return mean / rate + swing / (rate * rate + turn * turn) * wave

    return at
