"""server/metrics/requests.py: counts by route, status and close code."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect

from tests.server.conftest import Running


def _counts(running: Running, name: str) -> dict[tuple[str, ...], float]:
    """Counts of a metric by the values of its labels, in the order of the labels' names."""
    families = text_string_to_metric_families(running.server.metrics.exposition().decode())
    samples = [sample for family in families if family.name == name for sample in family.samples]
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for sample in samples
        if sample.name.endswith("_total")
    }


async def test_requests_are_counted_by_the_template_of_their_route(running: Running) -> None:
    """Two rooms are one route, refusals have their own status, and invented paths and methods make no new label."""
    await running.http.get("/rooms/one/transcript.txt")
    await running.http.get("/rooms/two/transcript.txt")
    await running.http.get("/an/address/that/a/client/invents")
    await running.http.request("BREW", "/healthz")
    async with running.stranger() as http:
        await http.get("/metrics")
    counts = _counts(running, "streamsign_requests")
    assert ("GET", "/metrics", "401") in counts
    assert ("GET", "other", "404") in counts
    assert ("other", "/healthz", "405") in counts or ("other", "other", "405") in counts
    rooms = {labels: count for labels, count in counts.items() if labels[1].startswith("/rooms/")}
    assert list(rooms.values()) == [2]
    assert "{room}" in next(iter(rooms))[1]


async def test_websockets_are_counted_by_close_code(running: Running) -> None:
    """A viewer that leaves counts as 1000, one that sends no UTF-8 as 1007, one with a wrong token as 4401."""
    url = running.url.replace("http", "ws") + "/captions/main"
    async with connect(url, subprotocols=running.protocols) as viewer:
        await viewer.recv()
    async with connect(url, subprotocols=running.protocols) as broken:
        await broken.send(b"\xff", text=True)
        await broken.wait_closed()
    async with connect(url) as stranger:
        await stranger.send('{"type": "auth", "token": "wrong"}')
        await stranger.wait_closed()
    while len(counts := _counts(running, "streamsign_websockets_closed")) < 3:
        await running.http.get("/healthz")  # the server notices the end of the first one in its own time
    assert counts == {("1000",): 1, ("1007",): 1, ("4401",): 1}
