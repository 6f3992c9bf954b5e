"""Which scenes the locator learns from."""

from __future__ import annotations

import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.model import load_model
from streamsign.training.hand.scenes import load_scenes, rival_scenes
from tests.training.pictures import write_frames


def test_frames_give_their_hand_and_their_hand_free_side(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each frame is a scene with a hand and one of the largest part beside it; rooms are scenes without."""
    root = write_frames(tmp_path_factory.mktemp("pictures"), {"train": 2, "val": 1})
    scenes = load_scenes(root, "val", seed=0)
    assert [scene.hand is None for scene in scenes].count(False) == 1
    beside = [scene for scene in scenes if scene.group.startswith("beside")]
    assert len(beside) == 1
    assert beside[0].pixels.max() < 200
    with pytest.raises(TrainingError, match="frames"):
        load_scenes(root.parent / "nothing", "val", seed=0)


def test_without_a_teacher_nothing_is_called_no_hand(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A box of the locator becomes *none* only if the teacher, and not another graph, finds no hand in it."""
    root = write_frames(tmp_path_factory.mktemp("pictures"), {"train": 2})
    with pytest.raises(TrainingError, match=r"hand_landmark_full\.tflite"):
        rival_scenes(root, load_model("celov").tflite_path, lambda share: None)
