"""Erlang's formulas for c servers under Poisson arrivals.

``offered`` is the offered load in erlangs: arrivals a second times the mean service time in seconds. Source: A. K.
Erlang, "Solution of some Problems in the Theory of Probabilities of Significance in Automatic Telephone Exchanges",
1917.
"""

from __future__ import annotations


def blocked(servers: int, offered: float) -> float:
    """Share of arrivals that find all servers busy and leave: Erlang B, for any distribution of service times.

    The recursion over the servers is stable, unlike the quotient of factorials.

    Args:
        servers: 0 or more.
        offered: erlangs, 0 or more.

    Raises:
        ValueError: an argument is negative.
    """
    if servers < 0 or offered < 0:
        raise ValueError(f"servers and offered load are not negative: {servers}, {offered}")
    share = 1.0
    for count in range(1, servers + 1):
        share = offered * share / (count + offered * share)
    return share


def waits(servers: int, offered: float) -> float:
    """Share of arrivals that wait in an unlimited queue: Erlang C, for exponential service times.

    Returns:
        1.0 when the offered load is not below the number of servers.
    """
    if offered >= servers:
        return 1.0
    share = blocked(servers, offered)
    return share / (1 - offered / servers * (1 - share))


def mean_wait_s(servers: int, offered: float, service_s: float) -> float:
    """Mean wait before service, seconds; infinite when the offered load is not below the number of servers."""
    if offered >= servers:
        return float("inf")
    return waits(servers, offered) * service_s / (servers - offered)


def servers_for(offered: float, most_blocked: float) -> int:
    """The fewest servers of which at most a share ``most_blocked`` of the arrivals finds all busy.

    Args:
        offered: erlangs, 0 or more.
        most_blocked: above 0, at most 1.

    Raises:
        ValueError: an argument is outside of its range.
    """
    if not 0 < most_blocked <= 1 or offered < 0:
        raise ValueError(f"offered load ≥ 0 and share in (0, 1], not {offered}, {most_blocked}")
    servers, share = 0, 1.0
    while share > most_blocked:
        servers += 1
        share = offered * share / (servers + offered * share)
    return servers
