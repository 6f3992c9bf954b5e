"""Labels the joints of training hands with a teacher, MediaPipe's hand landmark network.

Training on joints as well as letters keeps a small network from learning rooms and sleeves instead of fingers. The
teacher (Zhang et al. 2020, "MediaPipe Hands", Apache-2.0) is ``hand_landmark_full.tflite``, a file inside the mediapipe
wheel on PyPI. It is optional, and the service does not use it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.collection.manifest import Picture
from streamsign.errors import TrainingError
from streamsign.recognition.framing import square_around
from streamsign.recognition.geometry import Box
from streamsign.recognition.runtime import Interpreter, open_interpreter
from streamsign.training.checkpoint import DAMAGED
from streamsign.training.data.augment import LOOSE_MARGIN, LOOSE_SIZE, loose_crop
from streamsign.training.data.cutout import Mask, cut_out

JOINTS = 21
"""Wrist, then four joints of each finger from thumb to little finger."""

PRESENT = 0.5
"""Probability of a hand below which the teacher's joints are not used."""

_SIDE = 224
_MARGIN = 1.6  # side of the teacher's view over the hand's longer side
_UPRIGHT = 0.5  # radians: a hand turned by more is read again, turned back
_WRIST, _KNUCKLES = 0, (5, 9, 13)
_SCREEN, _PRESENCE, _WORLD = "Identity", "Identity_1", "Identity_3"

Poses = NDArray[np.float32]


class Known(NamedTuple):
    """The teacher's labels of a hand: its joints, see :func:`normalized`, and its outline in the loose crop.

    ``outline`` is (160, 160) pixels of one bit, packed; empty where the hand could not be cut out.
    """

    joints: Poses
    outline: NDArray[np.uint8]

    @property
    def mask(self) -> Mask | None:
        """(160, 160) uint8, 1 where the hand is."""
        if not self.outline.any():
            return None
        return np.unpackbits(self.outline).reshape(LOOSE_SIZE, LOOSE_SIZE)


class Teacher:
    """The landmark network. Not thread-safe.

    Raises:
        TrainingError: the file is not that network.
    """

    def __init__(self, path: Path) -> None:
        self._interpreter: Interpreter = open_interpreter(path)
        outputs = {str(each["name"]): int(each["index"]) for each in self._interpreter.get_output_details()}
        inputs = self._interpreter.get_input_details()
        if not {_SCREEN, _PRESENCE, _WORLD} <= set(outputs) or tuple(inputs[0]["shape"]) != (1, _SIDE, _SIDE, 3):
            raise TrainingError(
                f"{path} is not MediaPipe's hand landmark network.",
                "Take mediapipe/modules/hand_landmark/hand_landmark_full.tflite out of the wheel mediapipe 0.10.14.",
            )
        self._input, self._outputs = int(inputs[0]["index"]), outputs

    def pose(self, picture: NDArray[np.uint8], hand: Box) -> tuple[Poses, Poses, float]:
        """The joints of a hand in camera coordinates.

        The network expects fingers pointing up: a hand that the first pass finds turned is read again, turned back.

        Args:
            picture: (height, width, 3) uint8, blue first.
            hand: box in pixels.

        Returns:
            (21, 3) float32 positions, x right, y down, z away from the camera, centered on their mean and scaled to
            unit root-mean-square distance from it; (21, 2) float32 pixels of the picture; and the probability of a
            hand.
        """
        center = hand.center
        side = _MARGIN * hand.longer_side
        screen, world, presence = self._look(picture, center, side, 0.0)
        if presence > PRESENT / 5:
            up = screen[list(_KNUCKLES)].mean(axis=0) - screen[_WRIST]
            turn = float(np.arctan2(up[0], -up[1]))
            if presence < PRESENT or abs(turn) > _UPRIGHT:
                second = self._look(picture, center, side, turn)
                if second[2] >= presence:
                    screen, world, presence = second
                    world = turned(world, turn, mirror=False)
        return normalized(world), screen, presence

    def _look(
        self, picture: NDArray[np.uint8], center: tuple[float, float], side: float, turn: float
    ) -> tuple[Poses, Poses, float]:
        zoom = _SIDE / side
        cosine, sine = np.cos(turn) * zoom, np.sin(turn) * zoom
        linear = np.array([[cosine, sine], [-sine, cosine]])
        matrix = np.column_stack([linear, _SIDE / 2 - linear @ np.array(center)])
        view = cv2.warpAffine(picture, matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)
        self._interpreter.set_tensor(self._input, view[None, ..., ::-1].astype(np.float32) / 255)
        self._interpreter.invoke()
        screen, presence, world = (
            self._interpreter.get_tensor(self._outputs[name]) for name in (_SCREEN, _PRESENCE, _WORLD)
        )
        flat = np.asarray(screen, np.float64).reshape(JOINTS, 3)[:, :2]
        return (
            ((flat - _SIDE / 2) @ np.linalg.inv(linear).T + np.array(center)).astype(np.float32),
            np.asarray(world, np.float32).reshape(JOINTS, 3),
            float(presence.reshape(-1)[0]),
        )


def normalized(joints: Poses) -> Poses:
    """(21, 3) joints relative to their mean, scaled to unit root-mean-square distance."""
    centered = joints - joints.mean(axis=0)
    size = float(np.sqrt(np.square(centered).sum(axis=1).mean()))
    return np.asarray(centered / max(size, 1e-9), np.float32)


def turned(joints: Poses, angle: float, *, mirror: bool) -> Poses:
    """The joints of the same hand in a picture that was mirrored left to right and then turned.

    Args:
        joints: (21, 3).
        angle: radians, clockwise as seen.
        mirror: whether left and right were swapped.
    """
    flip = -1.0 if mirror else 1.0
    cosine, sine = np.cos(angle), np.sin(angle)
    matrix = np.array([[cosine * flip, sine * flip, 0], [-sine, cosine, 0], [0, 0, 1]], np.float32)
    return joints @ matrix


def learn_poses(
    pictures: Sequence[Picture], teacher: Path, cache: Path | None, notify: Callable[[float], None], threads: int = 2
) -> dict[tuple[str, int], Known]:
    """The joints and outlines of every hand with a sufficient score of the teacher, by (folder, manifest line).

    Args:
        pictures: rows with a box.
        teacher: the landmark network's file.
        cache: an .npz to read them from; written if it does not exist.
        notify: called with the share that is done.
        threads: number of networks that run at a time.

    Raises:
        TrainingError: the teacher or the cache cannot be used.
    """
    if cache is not None and cache.is_file():
        return _remembered(cache)
    done = 0

    def learn(part: Sequence[Picture]) -> dict[tuple[str, int], Known]:
        nonlocal done
        own, found = Teacher(teacher), {}
        for picture in part:
            color = cv2.imread(str(picture.path))
            if picture.hand is not None and color is not None:
                joints, screen, presence = own.pose(np.asarray(color, np.uint8), picture.hand)
                if presence >= PRESENT:
                    outline = _outline(np.asarray(color, np.uint8), picture.hand, screen)
                    found[picture.folder.name, picture.row] = Known(joints, outline)
            done += 1
            if done % 50 == 0:
                notify(done / len(pictures))
        return found

    parts = [pictures[start::threads] for start in range(threads)]
    poses: dict[tuple[str, int], Known] = {}
    with ThreadPoolExecutor(threads) as pool:
        for found in pool.map(learn, parts):
            poses |= found
    if cache is not None:
        _keep(cache, poses)
    return poses


def _outline(color: NDArray[np.uint8], hand: Box, screen: Poses) -> NDArray[np.uint8]:
    square = square_around(hand, LOOSE_MARGIN)
    corner = np.array([square.center_x, square.center_y]) - square.side / 2
    in_crop = (screen - corner) * (LOOSE_SIZE / square.side)
    mask = cut_out(loose_crop(color, square), in_crop.astype(np.float32))
    return np.packbits(np.zeros((LOOSE_SIZE, LOOSE_SIZE), np.uint8) if mask is None else mask)


def _remembered(cache: Path) -> dict[tuple[str, int], Known]:
    try:
        with np.load(cache) as stored:
            columns = (stored[name] for name in ("folders", "lines", "joints", "outlines"))
            rows = zip(*columns, strict=True)
            return {(str(folder), int(line)): Known(joints, outline) for folder, line, joints, outline in rows}
    except DAMAGED as error:
        raise TrainingError(f"{cache} holds no joints ({error}).", "Delete it to have it made again.") from error


def _keep(cache: Path, poses: dict[tuple[str, int], Known]) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        cache,
        folders=np.array([folder for folder, _ in poses]),
        lines=np.array([line for _, line in poses]),
        joints=np.array([known.joints for known in poses.values()]),
        outlines=np.array([known.outline for known in poses.values()]),
    )
