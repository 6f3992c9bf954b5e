"""The browser's port of the drawn letters against the Python core, on made evidence."""

from __future__ import annotations

import json

import numpy as np
import pytest

from streamsign.recognition.drawn_text import DrawnLetters
from streamsign.recognition.geometry import Box
from streamsign.recognition.model import load_model
from streamsign.recognition.recognizer import drawn_rules
from tests.e2e.desk import Chromium, Desk, open_page

DRAW = """
async ([rules, moving, letters, rows]) => {
  const { DrawnLetters } = await import("/static/ondevice/drawn.js");
  const drawn = new DrawnLetters(rules, moving, letters);
  return rows.map(([box, evidence, at_s]) => drawn.update(box, evidence, null, at_s, null));
}
"""


async def test_a_turned_hand_is_recognized_as_by_the_core(desk: Desk, chromium: Chromium) -> None:
    """An I that goes down, curls up and turns is a J at the same time with the same probability; a held I is none."""
    model = load_model("alphabet")
    rules, info = drawn_rules(model), model.info
    core = DrawnLetters(rules, info.moving, info.letters)
    held, turned = np.full((2, 1 + len(info.letters)), 0.002)
    held[1 + info.letters.index("I")] = 0.95
    turned[[1 + info.letters.index(letter) for letter in "GYQP"]] = 0.5, 0.3, 0.1, 0.05
    rows = []
    for at_s in np.arange(0.0, 2.5, 1 / 15).tolist():
        x = 200 + 50 * float(np.interp(at_s, [1.3, 1.7], [0.0, 1.0]))
        y = 150 + 60 * float(np.interp(at_s, [0.8, 1.3, 1.7], [0.0, 1.0, 0.7]))
        evidence = (held if at_s < 1.3 else turned).tolist()
        rows.append((Box(x - 35, y - 50, x + 35, y + 50), evidence, at_s))
    wanted = [core.update(box, np.array(evidence), None, at_s, None) for box, evidence, at_s in rows]
    described = {letter: json.loads(rule.model_dump_json()) for letter, rule in rules.items()}
    moving = {letter: list(each.starts_from) for letter, each in info.moving.items()}
    sent = [[box._asdict(), evidence, at_s] for box, evidence, at_s in rows]
    async with chromium.with_camera() as browser:
        page = (await open_page(browser, desk.link("/trust"))).page
        found = await page.evaluate(DRAW, [described, moving, info.letters, sent])
    letters = [commit.letter for commit in wanted if commit is not None]
    assert letters == ["J"]
    assert [commit and commit.letter for commit in wanted] == [commit and commit["letter"] for commit in found]
    assert [each.confidence for each in wanted if each] == pytest.approx([each["confidence"] for each in found if each])
