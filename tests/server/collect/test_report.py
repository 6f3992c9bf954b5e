"""server/collect/report.py: what the owner's check of collected hands finds."""

from __future__ import annotations

import subprocess
import sys

from tests.collection.pictures import picture
from tests.server.conftest import Running


async def test_the_report_counts_pictures_and_names_what_is_missing(running: Running) -> None:
    """Letters, signers, coverage and the letters of the model without pictures; a copy of another signer is found."""
    ids = running.server.hands.add([picture("C", seed=1), picture("L", "s-2", seed=2), picture("C", "s-2", seed=1)])
    answer = await running.http.get("/api/collect/report")
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["pictures"], report["signers"], report["letters"]) == (3, 2, {"C": 2, "L": 1})
    assert all(sum(bands.values()) == 3 for bands in report["coverage"].values())
    assert [each["id"] for each in report["repeated"]] == [ids[2]]
    assert [each["letter"] for each in report["next"]] == ["E", "O", "V", "L", "C"]
    assert report["next"][0]["what"] == ["20 more pictures"]


async def test_a_row_whose_picture_is_gone_is_removed(running: Running) -> None:
    """After a crash in the middle of a deletion the check works, and the row is gone."""
    hands = running.server.hands
    hands.add([picture("C", seed=1), picture("L", "s-2", seed=2)])
    hands.pictures()[0].path.unlink()
    answer = await running.http.get("/api/collect/report")
    assert (answer.status_code, answer.json()["letters"]) == (200, {"L": 1})
    assert [each.letter for each, _ in hands.rows(lambda _: True)] == ["L"]


async def test_an_empty_folder_and_a_second_check_are_answered(running: Running) -> None:
    """Without pictures there is nothing to check; one check runs at a time."""
    assert (await running.http.get("/api/collect/report")).json()["detail"] == "No pictures are stored."
    async with running.server.reporting:
        answer = await running.http.get("/api/collect/report")
    assert (answer.status_code, answer.json()["reason"]) == (409, "reporting")


def test_the_report_needs_no_tensorflow() -> None:
    """Neither the application nor the report imports it."""
    program = "import sys, streamsign.server.app; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
