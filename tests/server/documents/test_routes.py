"""server/documents/routes.py: the documents as the server shows them."""

from __future__ import annotations

from tests.server.conftest import Running


async def test_a_viewer_may_read_the_documents(running: Running) -> None:
    """With a view token both documents are shown, and they describe this version's interface."""
    token = {"Authorization": f"Bearer {running.server.access.view_token}"}
    async with running.stranger() as http:
        described = (await http.get("/openapi.json", headers=token)).json()
        events = (await http.get("/asyncapi.json", headers=token)).json()
    assert described["openapi"].startswith("3.")
    assert "/rooms/{room}/edits" in described["paths"]
    assert events["asyncapi"].startswith("3.")


async def test_a_stranger_may_not(running: Running) -> None:
    """Without a token both answer 401 as problem details."""
    async with running.stranger() as http:
        for path in ("/openapi.json", "/asyncapi.json"):
            answer = await http.get(path)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
