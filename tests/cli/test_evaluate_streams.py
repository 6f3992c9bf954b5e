"""``streamsign evaluate-streams`` on videos of the demo signer."""

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from streamsign.cli import app
from streamsign.demo.signer import DemoSigner
from streamsign.recognition.framing import guide_square


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two words by the demo signer, with boxes."""
    path = tmp_path_factory.mktemp("streams")
    records, boxes = [], ["file,frame,hand_x0,hand_y0,hand_x1,hand_y1"]
    for number, word in enumerate(("CO", "LO")):
        signer, file = DemoSigner(word, seed=1 + number, width=320, height=240), f"{word}.mp4"
        with av.open(str(path / file), "w") as container:
            stream = container.add_stream("mpeg4", rate=30, options={"qscale": "2"})
            stream.width, stream.height, stream.pix_fmt = signer.width, signer.height, "yuv420p"
            for n, frame in enumerate(signer):
                picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.luma), format="gray").reformat(
                    format="yuv420p"
                )
                picture.pts, picture.time_base = n, Fraction(1, 30)
                container.mux(stream.encode(picture))
                if signer.true_letter(frame.at_s) is not None:
                    guide = guide_square(signer.width, signer.height)
                    half = guide.side / 2.6  # the square the demo signer's hand fills, without the patch's margin
                    edges = (guide.center_x - half, guide.center_y - half, guide.center_x + half, guide.center_y + half)
                    boxes.append(f"{file},{n}," + ",".join(f"{edge:.1f}" for edge in edges))
            container.mux(stream.encode(None))
        truth = [{"letter": t.letter, "start_s": t.start_s, "end_s": t.end_s} for t in signer.truth]
        records.append({"file": file, "signer": f"demo{number}", "fps": 30, "truth": truth})
    (path / "streams.json").write_text(json.dumps(records))
    (path / "boxes.csv").write_text("\n".join(boxes) + "\n")
    return path


@pytest.mark.parametrize(("method", "crop"), [("hmm", "oracle"), ("hmm", "hand"), ("vote", "oracle")])
def test_words_of_the_demo_signer_are_measured(folder: Path, tmp_path: Path, method: str, crop: str) -> None:
    """The figures are those the issue names, and a clear slow word has few errors."""
    out = tmp_path / "out.json"
    told = CliRunner().invoke(
        app, ["evaluate-streams", str(folder), "--method", method, "--crop", crop, "--json", str(out)]
    )
    assert told.exit_code == 0, told.output
    figures = json.loads(out.read_text())
    assert {
        "letter_error_rate", "substitutions", "insertions", "deletions", "c_o_substitutions", "commit_delay_ms",
        "streams", "true_letters", "per_signer",
    } <= set(figures)  # fmt: skip
    assert (figures["streams"], figures["true_letters"]) == (2, 4)
    assert figures["letter_error_rate"] <= 0.5
    assert set(figures["commit_delay_ms"]) == {"p50", "p95"}
    assert "letter error rate" in told.output


def test_a_folder_without_streams_is_told_in_words(tmp_path: Path) -> None:
    """The error names the file that is missing."""
    told = CliRunner().invoke(app, ["evaluate-streams", str(tmp_path)])
    assert told.exit_code == 1
    assert "streams.json" in str(told.exception)
