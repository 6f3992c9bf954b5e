"""Requests that a server refuses without a token, and the status of each answer."""

from __future__ import annotations

from typing import Any

REFUSED: list[tuple[str, str, Any, int]] = [
    ("GET", "/api/host", None, 403),
    ("GET", "/api/pairing", None, 403),
    ("GET", "/api/devices", None, 403),
    ("DELETE", "/api/devices/00", None, 403),
    ("GET", "/api/links", None, 403),
    ("POST", "/api/links", {"kind": "view"}, 403),
    ("DELETE", "/api/links/page0-main", None, 403),
    ("GET", "/api/rooms", None, 403),
    ("DELETE", "/rooms/main/text", None, 403),
    ("GET", "/api/models", None, 403),
    ("PUT", "/api/model", {"name": "celov"}, 403),
    ("GET", "/practice/plan", None, 403),
    ("GET", "/practice/hand/C.webp", None, 403),
    ("POST", "/practice/room", None, 403),
    ("GET", "/debug/queues", None, 403),
    ("GET", "/api/latency", None, 401),
    ("GET", "/metrics", None, 401),
    ("GET", "/openapi.json", None, 401),
    ("GET", "/asyncapi.json", None, 401),
    ("GET", "/rooms/main/transcript.txt", None, 401),
    ("GET", "/rooms/main/transcript.vtt", None, 401),
    ("GET", "/rooms/main/transcript.srt", None, 401),
    ("GET", "/rooms/main/transcript.jsonl", None, 401),
    ("GET", "/rooms/main/live.vtt", None, 401),
    ("GET", "/rooms/main/words", None, 401),
    ("POST", "/rooms/main/edits", {"action": "clear"}, 401),
    ("POST", "/whip", {}, 401),
    ("DELETE", "/whip/any", None, 401),
    ("PATCH", "/whip/any", {}, 401),
    ("POST", "/pair", {"code": "guess"}, 404),
    ("POST", "/api/login", {"key": "guess"}, 401),
]
