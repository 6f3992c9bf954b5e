"""benchmarks/streams_page.py: the page of steady text."""

from pathlib import Path

import numpy as np

from benchmarks.streams_page import MAIN, NAME_ROWS, WORD_CASES, Judged, Names, write_page
from streamsign.recognition.model import load_model
from streamsign.recognition.tuning import load_tuning
from streamsign.training.streams.readings import StreamCrop
from streamsign.training.streams.score import Score


def scores(lost: int) -> list[Score]:
    """Two people's four letters each, some lost by the first."""
    return [
        Score(name, 4, 0, 0, deletions, 0, (0.08,), 0, 0, 4, 0, 3.0, rate=2.0)
        for name, deletions in (("ann", lost), ("bob", 0))
    ]


def judged(lost: int, cases: tuple[str, ...]) -> Judged:
    """The same in every case; a minute without letters, and one of other shapes."""
    quiet = {"idle": [Score("ann", 0, 0, 0, 0, 0, (), 0, 0, 0, 0, 60.0)]}
    other = {"outside": [Score("ann", 0, 0, 1, 0, 0, (), 0, 0, 0, 5, 5.0)]}
    return {case: scores(lost) for case in cases} | quiet | other


def test_the_page_leads_with_the_errors_over_the_floor(tmp_path: Path) -> None:
    """The excess stands before the error rates, in all and over the signers, of whom no name is printed."""
    info = load_model("celov").info
    extra = (
        "hmm, classifier alone",
        "hmm without the gate",
        "hmm without speed",
        "hmm, every frame in full",
        "hmm without slides",
        "hmm, hold 40 ms",
    )
    made = {name: judged(int(name != "floor"), WORD_CASES) for name in (*MAIN, *extra)}
    named = {name: judged(2 * int(name == "hmm"), NAME_ROWS) for name in ("floor", "hmm")}
    names = Names("alphabet", 3, named, {case: {"too short": 2} for case in NAME_ROWS})
    results = {StreamCrop.ORACLE: made, StreamCrop.HAND: made}
    write_page(tmp_path / "page.md", info, load_tuning(load_model("celov").folder), results, 2, names)
    page = (tmp_path / "page.md").read_text()
    over = page.index("| hmm | " + "12.5 % | " * len(WORD_CASES) + "0.0 %, 12.5 %, 25.0 % |")
    assert over < page.index("### Letter error rate in every case")
    assert "| hmm | " + "25.0 % | " * len(NAME_ROWS) + "0.0 %, 25.0 %, 50.0 % |" in page
    assert "2 too short" in page
    intro = f"do not edit by hand. Model `celov` ({info.model_sha256[:12]}…), 2 words a case and signer.\n\nA frame's"
    assert intro in page
    assert "Read by `alphabet` with both networks, hands found, 2 people" in page
    assert "{{" not in page
    assert np.all([name not in page for name in ("ann |", "bob")])
