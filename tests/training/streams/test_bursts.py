"""Bursts: lists, videos and boxes of consecutive frames."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.training.streams.bursts import HAND_PX, read_signer, signers_of

HAND = (220.0, 80.0)  # sides of the box in the made videos, pixels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two people's bursts of ten flat frames, each a little lighter; the second frame of L has no box."""
    rows = ["file,signer,split"]
    boxes = ["file,frame,hand_x0,hand_y0,hand_x1,hand_y1"]
    for name, split in (("anna", "val"), ("ben", "test")):
        for letter in "LV":
            file = f"{name}_{letter}.avi"
            rows.append(f"{file},{name},{split}")
            video = cv2.VideoWriter(str(tmp_path / file), cv2.VideoWriter.fourcc(*"MJPG"), 30, (320, 240))
            for number in range(10):
                video.write(np.full((240, 320, 3), 100 + number, np.uint8))
                if (letter, number) != ("L", 1):
                    x0 = 10.0 * number
                    boxes.append(f"{file},{number},{x0},0,{x0 + HAND[0]},{HAND[1]}")
            video.release()
    (tmp_path / "manifest.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "boxes.csv").write_text("\n".join(boxes) + "\n")
    return tmp_path


def test_only_the_splits_people_are_listed(folder: Path) -> None:
    """The split val contains only its own signers."""
    assert signers_of(folder, "val") == {"anna": ["anna_L.avi", "anna_V.avi"]}


def test_a_large_hand_is_shrunk_and_a_missing_box_is_between_its_neighbors(folder: Path) -> None:
    """Frames and boxes are resampled alike, so that the hand's longer side is what drawing needs."""
    signer = read_signer(folder, "anna", ["anna_L.avi", "anna_V.avi"])
    assert set(signer.bursts) == {"L", "V"}
    assert signer.size == pytest.approx(HAND_PX)
    burst = signer.bursts["L"]
    assert burst.luma.shape == (10, 120, 160)
    assert [box.x0 for box in burst.boxes] == pytest.approx([5.0 * number for number in range(10)])
    assert signer.plate.shape == (120, 160)
    assert 100 <= int(signer.plate.mean()) <= 109


def test_a_burst_without_boxes_is_left_out(folder: Path) -> None:
    """Where the hand is in it would be a guess; without any box of a person there is nothing to learn from."""
    lines = (folder / "boxes.csv").read_text().splitlines()
    (folder / "boxes.csv").write_text("\n".join(line for line in lines if "anna_V" not in line) + "\n")
    assert set(read_signer(folder, "anna", ["anna_L.avi", "anna_V.avi"]).bursts) == {"L"}
    with pytest.raises(TrainingError, match="No frame"):
        read_signer(folder, "anna", ["anna_V.avi"])


def test_no_hand_stands_in_the_room(tmp_path: Path) -> None:
    """A dark hand that is held in nearly the same place all the time leaves no shadow in the picture of the room."""
    rows, boxes = ["file,signer,split"], ["file,frame,hand_x0,hand_y0,hand_x1,hand_y1"]
    for letter in "LV":
        file = f"anna_{letter}.avi"
        rows.append(f"{file},anna,val")
        video = cv2.VideoWriter(str(tmp_path / file), cv2.VideoWriter.fourcc(*"MJPG"), 30, (320, 240))
        for number in range(20):
            frame = np.full((240, 320, 3), 180, np.uint8)
            x0 = 100 + number
            frame[60:160, x0 : x0 + 80] = 40
            video.write(frame)
            boxes.append(f"{file},{number},{x0},60,{x0 + 80},160")
        video.release()
    (tmp_path / "manifest.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "boxes.csv").write_text("\n".join(boxes) + "\n")
    plate = read_signer(tmp_path, "anna", ["anna_L.avi", "anna_V.avi"]).plate
    assert int(plate.min()) > 170


def test_what_is_missing_is_told(folder: Path) -> None:
    """A missing list, a split without signers and an invalid video are errors with a next step."""
    with pytest.raises(TrainingError, match="no signer with the split 'train'"):
        signers_of(folder, "train")
    with pytest.raises(TrainingError, match="cannot be read"):
        signers_of(folder / "absent", "val")
    (folder / "anna_L.avi").write_bytes(b"no video")
    with pytest.raises(TrainingError, match="cannot be read as a video"):
        read_signer(folder, "anna", ["anna_L.avi"])
