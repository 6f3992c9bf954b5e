"""The demo signer: a word becomes a film of a hand spelling it, with the exact times of every letter."""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.demo.coarticulation import CoarticulatedMotion, paced
from streamsign.demo.drawn import DRAWN
from streamsign.demo.hand import RoundCone, build_hand, hand_box
from streamsign.demo.labels import Doing, FrameLabel
from streamsign.demo.motion import HandMotion, KeyedMotion
from streamsign.demo.poses import LETTERS, Pose
from streamsign.demo.render import HandPlacement, Surface, bounds, shade, trace
from streamsign.demo.scene import FloatImage, Scene, make_scene
from streamsign.errors import SourceError
from streamsign.recognition.frame import Frame
from streamsign.recognition.framing import guide_square
from streamsign.recognition.geometry import Box

WIDTH, HEIGHT = 640, 480
"""Size of the picture, unless another one is given."""

LETTER_S = 0.7
"""Seconds for which a letter is held, unless another time is given."""

_EXPOSURES_PER_S = 180  # samples averaged for motion blur; at least three a picture

OPEN_PALMS = 1.8
"""Length of an open hand: a hand of one size that only makes fists is not drawn larger than one that opens."""

STEADIED = 0.8
"""Share of the displacement of the hand's center, caused by opening and closing fingers, that the arm compensates.
Chosen among 0, 0.5 and 0.8: the resulting speed is nearest to that of validation signers' films (``streamsign bench
movement``)."""

LEVELS = 2
"""The hand is drawn at 1/LEVELS of the picture's size: webcams are that soft, and it is four times as fast."""

_OUTLINE_PX = 8
"""Pixels beside the hand that its blurred outline can reach."""


class DemoSigner:
    """A rendered hand that spells a word, or several and is lowered for WORD_PAUSE_S between them.

    Iterating yields :class:`~streamsign.recognition.frame.Frame` at ``n / fps`` seconds, full-range luma. The same
    arguments give the same pixels.

    Args:
        word: letters to spell, any case; spaces separate words.
        seed: chooses room, light, skin, hand and small differences in the poses.
        fps: frames a second.
        width, height: of the picture in pixels.
        letter_s: seconds each letter is held still; J and Z, which are movements, take somewhat longer.
        transition_s: seconds between two letters; a doubled letter is let go to the open hand and made again,
            which takes twice as long plus a moment held open.
        coarticulated: whether each finger moves at its own time, see
            :class:`~streamsign.demo.coarticulation.CoarticulatedMotion`; otherwise all joints move together.
        motion: custom motion that replaces the default one; ``letter_s`` and ``transition_s`` are then unused.
        scene: a scene of one's own instead of the seed's; must be made for the same width and height.

    Raises:
        SourceError: the word is empty, has characters that are not letters, or a time or size makes no sense.
    """

    def __init__(
        self,
        word: str,
        *,
        seed: int = 0,
        fps: float = 30,
        width: int = WIDTH,
        height: int = HEIGHT,
        letter_s: float = LETTER_S,
        transition_s: float = 0.35,
        coarticulated: bool = False,
        motion: HandMotion | None = None,
        scene: Scene | None = None,
    ) -> None:
        self.word = " ".join(word.upper().split())
        unknown = sorted(set(self.word) - LETTERS.keys() - DRAWN.keys() - {" "})
        if not self.word or unknown:
            seen = " ".join(repr(letter) for letter in unknown)
            raise SourceError(
                f"The demo signer cannot sign {seen}." if unknown else "The demo signer was given no letters.",
                f"Choose from {' '.join(sorted({*LETTERS, *DRAWN}))}.",
            )
        times = (fps, letter_s, transition_s)
        if not all(0 < time < math.inf for time in times) or min(width, height) < 64:
            raise SourceError(
                f"The demo signer cannot film {width}×{height} at {fps} fps, {letter_s} s a letter, {transition_s} s "
                "between letters.",
                "Times and rate must be above 0, and the picture at least 64 pixels a side.",
            )
        self.fps, self.width, self.height = float(fps), width, height
        self.scene = make_scene(seed, width, height) if scene is None else scene
        self._noise_seed = seed
        self._motion = motion or self._moving(np.random.default_rng([seed, 11]), letter_s, transition_s, coarticulated)
        self.truth, self.duration_s = self._motion.truth, self._motion.duration_s
        self._framed: tuple[float, float, float, float] | None = None
        if self._motion.framed is not None:
            boxes = np.array(
                [hand_box(build_hand(each, self.scene.hand, self.scene.view)) for each in self._motion.framed]
            )
            left, bottom = boxes[:, :2].min(axis=0).tolist()
            right, top = boxes[:, 2:].max(axis=0).tolist()
            self._framed = (left, min(bottom, top - OPEN_PALMS), right, top)

    def _moving(
        self, rng: np.random.Generator, letter_s: float, transition_s: float, coarticulated: bool
    ) -> HandMotion:
        if coarticulated:
            return CoarticulatedMotion(paced(self.word, rng, letter_s, transition_s), rng)
        return KeyedMotion(self.word, rng, letter_s, transition_s)

    @property
    def frame_count(self) -> int:
        """How many frames iterating yields."""
        return round(self.duration_s * self.fps)

    def __iter__(self) -> Iterator[Frame]:
        """The film as a recognizer sees it."""
        for number in range(self.frame_count):
            at_s = number / self.fps
            yield Frame(luma_of(self.render(at_s)), at_s)

    def true_letter(self, at_s: float) -> str | None:
        """The letter held at that time, None in between."""
        return next((true.letter for true in self.truth if true.start_s <= at_s <= true.end_s), None)

    def label(self, number: int) -> FrameLabel:
        """What the hand does in the middle of the exposure of frame ``number``, counted from 0.

        It rests while it is out of the picture.
        """
        at_s = number / self.fps + self.scene.exposure_s / 2
        letter = self.true_letter(at_s)
        if letter is not None:
            return FrameLabel(Doing.LETTER, letter)
        cones, place = self._placed(at_s)
        top = place.wrist_y - place.palm_px * hand_box(cones)[3]
        return FrameLabel(Doing.WAY if top * LEVELS < self.height else Doing.REST)

    def pose_at(self, at_s: float) -> tuple[Pose, float]:
        """Joint angles and how far the hand is lowered (0 in the guide box, 1 out of the picture) at a time."""
        state = self._motion.at(at_s)
        return state.pose, state.lowered

    def render(self, at_s: float) -> NDArray[np.uint8]:
        """The picture the camera takes at a time: (height, width, 3) uint8 BGR."""
        opened, *moved = self._motion.at(at_s)
        closed, *moved_then = self._motion.at(at_s + self.scene.exposure_s)
        still = moved == moved_then and np.array_equal(opened, closed)
        count = 1 if still else max(3, round(_EXPOSURES_PER_S * self.scene.exposure_s))
        moments = [at_s + self.scene.exposure_s * part / count for part in range(count)]
        picture = self._expose(moments[0])
        for moment in moments[1:]:
            picture += self._expose(moment)
        picture *= np.float32(255 * self.scene.gain / len(moments))
        rng = np.random.default_rng([self._noise_seed, 13, round(at_s * 10_000)])
        noise = rng.standard_normal((self.height // 2 + 1, self.width // 2 + 1), np.float32) * np.float32(
            1.6 * self.scene.noise
        )
        noise = cv2.resize(noise, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        picture += cv2.merge((noise, noise, noise))  # NumPy takes longer to repeat a plane over the channels
        return np.asarray(np.clip(picture, 0, 255, out=picture).astype(np.uint8))

    def hand_mask(self, at_s: float) -> NDArray[np.bool_]:
        """Where the hand is, without the forearm: (height // 2, width // 2) bool."""
        cones, place = self._placed(at_s)
        return trace(cones, place, self.width // LEVELS, self.height // LEVELS).hand

    def hand_box(self, at_s: float) -> Box | None:
        """Box of the hand without the forearm, pixels of the picture; None if no part of it is in the picture."""
        rows, columns = np.nonzero(self.hand_mask(at_s))
        if not len(rows):
            return None
        edges = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        return Box(*(float(LEVELS * edge) for edge in edges))

    def _placed(self, at_s: float) -> tuple[list[RoundCone], HandPlacement]:
        scene = self.scene
        pose, lowered, thumbwards, down = self._motion.at(at_s)
        phase = scene.wander + at_s * 2 * np.pi * np.array([0.31, 0.23, 0.17, 0.41])
        drift = np.sin(phase)
        pose = pose + np.concatenate([np.zeros(24), [1.5 * drift[2]]])
        cones = build_hand(pose, scene.hand, scene.view, 0.0 if scene.sleeve is None else scene.sleeve.cover)
        box = np.array(hand_box(cones))
        left, bottom, right, top = box if self._framed is None else self._framed
        guide = guide_square(self.width, self.height)
        palm = scene.size * (1 + 0.02 * drift[3]) * guide.side / max(right - left, top - bottom)
        if self._framed is not None:
            left, bottom, right, top = STEADIED * box + (1 - STEADIED) * np.array(self._framed)
        sign = -1.0 if scene.mirrored else 1.0
        x = guide.center_x + 0.02 * guide.side * drift[0] - sign * palm * (left + right) / 2
        y = guide.center_y + 0.02 * guide.side * drift[1] + palm * (bottom + top) / 2
        x, y = (at + guide.side * moved for at, moved in zip((x, y), scene.aside, strict=True))
        size = scene.size * guide.side
        x += sign * thumbwards * size
        y += lowered * self.height + down * size
        return cones, HandPlacement(x / LEVELS, y / LEVELS, palm / LEVELS, scene.mirrored)

    def _expose(self, at_s: float) -> FloatImage:
        scene = self.scene
        cones, place = self._placed(at_s)
        surface = trace(cones, place, self.width // LEVELS, self.height // LEVELS)
        exposed = scene.background.copy()
        if not surface.mask.any():
            return exposed
        bright, alpha = shade(surface, scene.light, place.palm_px), np.zeros_like(surface.depth)
        part = bounds(surface.mask, _OUTLINE_PX)
        on = surface.mask[part]
        mask = on.astype(np.float32)
        alpha[part] = cv2.GaussianBlur(mask, (0, 0), 0.6)
        # Brightness beside the hand means nothing: spread the hand's own over the outline before it is blended.
        spread = cv2.GaussianBlur(bright[part] * mask, (0, 0), 1.2) / (cv2.GaussianBlur(mask, (0, 0), 1.2) + 1e-4)
        bright[part] = np.where(on, bright[part], spread)
        bright, alpha = (cv2.resize(each, (self.width, self.height)) for each in (bright, alpha))
        around = bounds(alpha > 0)  # the rest of the picture is the room
        bright, alpha, room = bright[around] * scene.texture[around], alpha[around], exposed[around]
        for channel, albedo in enumerate(self._albedo(surface, around)):
            room[:, :, channel] += alpha * (np.clip(bright * albedo, 0, 1.2) - room[:, :, channel])
        return exposed

    def _albedo(self, surface: Surface, around: tuple[slice, slice]) -> list[np.float32 | FloatImage]:
        """Albedo of skin, sleeve and nails in each channel, a number or (H, W) within a part of the picture."""
        scene = self.scene
        albedo: list[np.float32 | FloatImage] = list(scene.skin)
        cloth = None if scene.sleeve is None else scene.sleeve.color
        covers = [(surface.cloth, cloth), (surface.nail, scene.nails)]
        for cover, color in covers:
            if color is not None:
                share = cv2.resize(cv2.GaussianBlur(cover, (0, 0), 0.7), (self.width, self.height))[around]
                albedo = [under + share * (over - under) for under, over in zip(albedo, color, strict=True)]
        return albedo


def luma_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Full-range brightness (H, W) uint8 of a BGR picture (ITU-R BT.601 weights)."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
