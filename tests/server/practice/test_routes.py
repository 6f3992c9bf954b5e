"""server/practice/routes.py: what there is to practise."""

from __future__ import annotations

import cv2
import numpy as np

from streamsign.server.practice.hand import PICTURE_PX
from streamsign.server.practice.plan import WORDS
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
        answer = await running.http.get(f"/practice/hand/{letter}.png")
        picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (PICTURE_PX, PICTURE_PX, 3)
        assert picture.std() > 20
    assert (await running.http.get("/practice/hand/J.png")).json()["reason"] == "not_drawn"
