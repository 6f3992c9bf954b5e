"""The browser's port of the pauses against the Python core, on made motion."""

from __future__ import annotations

import dataclasses

import numpy as np

from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import PauseRule, Pauses
from streamsign.recognition.stroke import Motion
from tests.e2e.desk import Chromium, Desk, open_page

PAUSE = """
async ([rule, rows]) => {
  const { Pauses } = await import("/static/ondevice/pauses.js");
  const pauses = new Pauses(rule);
  return rows.map((row) => pauses.update(...row));
}
"""


async def test_pauses_are_those_of_the_core(desk: Desk, chromium: Chromium) -> None:
    """Of a hand that shows letters, keeps and draws them, moves, rests, and is lost, words end in the same frames."""
    random = np.random.default_rng(5)
    rule = PauseRule(word_s=0.7, sentence_s=2.2)
    core, rows, wanted = Pauses(rule), [], []
    now_s = 0.0
    rested = 0
    for _ in range(300):
        leads, moving, found, keeps = random.random(4) < (0.4, 0.4, 0.8, 0.8)
        commits_in = 4 if leads and random.random() < 0.7 else None
        replaces = int(random.integers(1, 5)) if random.random() < 0.2 else 0
        for frame in range(int(random.integers(1, 30 if random.random() < 0.8 else 90))):
            now_s += 2.5 if random.random() < 0.005 else 1 / 15
            commit = Commit("C", 0.9, now_s - 0.2, now_s, replaces=replaces) if frame == commits_in else None
            speed, change = random.uniform(0.75 if moving else 0.0, 2.0 if moving else 0.65, 2).tolist()
            motion = Motion(speed, 0.0, change) if found else None
            kept = bool(leads and keeps and frame >= 4)
            pause = core.update(bool(leads), commit, now_s, motion, kept)
            rested += kept and pause is not None
            wanted.append(pause and dataclasses.asdict(pause))
            rows.append([bool(leads), commit and dataclasses.asdict(commit), now_s, motion and motion._asdict(), kept])
    async with chromium.with_camera() as browser:
        page = (await open_page(browser, desk.link("/trust"))).page
        found_there = await page.evaluate(PAUSE, [rule.model_dump(), rows])
    assert found_there == wanted
    assert {pause["ends"] for pause in wanted if pause} == {"word", "sentence"}
    assert rested > 5
