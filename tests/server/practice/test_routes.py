"""server/practice/routes.py: what there is to practise."""

from __future__ import annotations

import time

import cv2
import httpx
import numpy as np

from streamsign.server.practice.hand import PICTURE_PX
from streamsign.server.practice.plan import WORDS
from streamsign.state.grants import PHONE, Right
from tests.server.conftest import Running


async def test_the_plan_fits_the_model(running: Running) -> None:
    """Only letters it reads, words made of them, and the pairs it mistakes."""
    plan = (await running.http.get("/practice/plan")).json()
    assert plan["letters"] == list("CELOV")
    assert plan["words"] == list(WORDS["en"][:8])
    indonesian = (await running.http.get("/practice/plan?lang=id")).json()
    assert set(indonesian["words"]) <= set(WORDS["id"])
    assert len(indonesian["words"]) >= 3
    assert (await running.http.get("/practice/plan?lang=xx")).json() == plan
    assert all(len(pair) == 2 and set(pair) <= set("CELOV") for pair in plan["hard_pairs"])


async def test_the_hand_to_copy_is_drawn(running: Running) -> None:
    """A rendered hand for every letter; what it cannot make is said."""
    for letter in "CO":
        answer = await running.http.get(f"/practice/hand/{letter}.webp")
        picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
        assert picture is not None
        assert picture.shape == (PICTURE_PX, PICTURE_PX, 4)
        assert answer.headers["content-type"] == "image/webp"
    assert (await running.http.get("/practice/hand/1.webp")).json()["reason"] == "not_drawn"


async def test_a_paired_phone_practices_in_a_room_of_its_own(running: Running) -> None:
    """Its token opens the plan and gets a room; that token sends to this room alone, and ends with the pairing."""
    access = running.server.access
    phone = await running.server.devices.add("main", "iPhone")
    token = access.grants.make(PHONE, "main", 600, phone.id)
    async with httpx.AsyncClient(base_url=running.url, headers={"Authorization": f"Bearer {token}"}) as http:
        assert (await http.get("/practice/plan")).status_code == 200
        made = (await http.post("/practice/room")).raise_for_status().json()
        another = (await http.post("/practice/room")).json()
    assert made["room"] != another["room"]
    grant = access.grant(made["publish_token"])
    assert grant is not None
    assert (grant.rights, grant.room, grant.holder) == (frozenset({Right.PUBLISH}), made["room"], phone.id)
    assert grant.expires_s <= time.time() + 600
    await running.server.devices.bar(phone.id)
    assert access.grant(made["publish_token"]) is None


async def test_a_link_for_viewers_does_not_practice(running: Running) -> None:
    """Practice takes a camera, which only the owner and paired phones may use."""
    token = running.server.access.grants.make((Right.VIEW,), "main", 600)
    async with httpx.AsyncClient(base_url=running.url, headers={"Authorization": f"Bearer {token}"}) as http:
        assert (await http.post("/practice/room")).json()["reason"] == "not_signer"
