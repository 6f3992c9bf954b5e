"""The demo signer: a word becomes a film of a hand spelling it, with the exact times of every letter."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.demo.drawn import DRAWN, turned
from streamsign.demo.hand import RoundCone, build_hand, hand_box
from streamsign.demo.poses import LETTERS, REST, Pose, blend
from streamsign.demo.render import HandPlacement, bounds, shade, trace
from streamsign.demo.scene import FloatImage, Scene, make_scene
from streamsign.errors import SourceError
from streamsign.recognition.frame import Frame
from streamsign.recognition.framing import guide_square

REST_S = 0.8
"""Seconds without a hand in the picture before and after the word."""

EXPOSURE_S = 1 / 60
"""Shutter time of an indoor webcam; what moves meanwhile is blurred."""

LETTER_S = 0.7
"""Seconds for which a letter is held, unless another time is given."""

WORD_PAUSE_S = 2.0
"""Seconds without a hand in the picture between two words."""

LEAST_DRAWING_S = 0.5
"""Shortest time in which J or Z is drawn, however short other letters are held."""

_BEFORE_DRAWING, _AFTER_DRAWING = 0.35, 0.25  # of letter_s, held before and after a drawing

LEVELS = 2
"""The hand is drawn at 1/LEVELS of the picture's size: webcams are that soft, and it is four times as fast."""

_OUTLINE_PX = 8
"""Pixels beside the hand that its blurred outline can reach."""


@dataclass(frozen=True, slots=True)
class SignedLetter:
    """A letter and the exact interval in which its pose is held or it is drawn, seconds from the film's start."""

    letter: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class _Key:
    at_s: float
    pose: Pose
    lowered: float  # 0 in the guide box, 1 below the picture
    moved: tuple[float, float] = (0.0, 0.0)  # to the thumb's side and down, hand sizes


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
        width: int = 640,
        height: int = 480,
        letter_s: float = LETTER_S,
        transition_s: float = 0.35,
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
        self._plan(np.random.default_rng([seed, 11]), letter_s, transition_s)

    def _plan(self, rng: np.random.Generator, letter_s: float, transition_s: float) -> None:
        def own(pose: Pose) -> Pose:
            # Repetitions of a letter differ: fingers differ by a few degrees, mostly together.
            together = np.tile(np.append(rng.normal(0, 3.0, 3), 0.0), 4)
            apart = np.concatenate([np.tile([1.5, 1.5, 1.5, 1.2], 4), np.full(6, 2.5), [4.0, 4.0, 3.5]])
            own_way = np.concatenate([together, np.zeros(9)]) + rng.normal(0, 1, pose.shape) * apart
            return np.asarray(pose + np.clip(own_way, -7.0, 7.0), np.float64)

        keys = [_Key(0.0, REST, 1.0), _Key(REST_S, REST, 1.0)]
        truth: list[SignedLetter] = []
        now = REST_S
        for number, letter in enumerate(self.word):
            if letter == " ":
                now += 1.4 * transition_s
                keys.append(_Key(now, REST, 1.0))
                now += WORD_PAUSE_S
                keys.append(_Key(now, REST, 1.0))
                continue
            if number and letter == self.word[number - 1]:
                now += transition_s
                opened = own(REST)
                keys.append(_Key(now, opened, 0.0))
                now += transition_s
                keys.append(_Key(now, opened, 0.0))
            first_of_word = not number or self.word[number - 1] == " "
            now += 1.4 * transition_s if first_of_word else transition_s
            drawing = DRAWN.get(letter)
            pose = own(LETTERS[letter] if drawing is None else drawing.pose)
            keys.append(_Key(now, pose, 0.0))
            start_s = now
            if drawing is None:
                now += letter_s
                keys.append(_Key(now, pose, 0.0))
            else:
                start_s += _BEFORE_DRAWING * letter_s
                length_s = max(drawing.longer * letter_s, LEAST_DRAWING_S)
                for waypoint in drawing.way:
                    now = start_s + waypoint.share * length_s
                    moved = (waypoint.thumbwards, waypoint.down)
                    keys.append(_Key(now, turned(pose, waypoint), 0.0, moved))
                keys.append(replace(keys[-1], at_s=now + _AFTER_DRAWING * letter_s))
            truth.append(SignedLetter(letter, start_s, now))
            now = keys[-1].at_s
        now += 1.4 * transition_s
        keys.append(_Key(now, REST, 1.0))
        self.truth = truth
        self.duration_s = now + REST_S
        self._keys = keys
        self._times = [key.at_s for key in keys]

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

    def pose_at(self, at_s: float) -> tuple[Pose, float]:
        """Joint angles and how far the hand is lowered (0 in the guide box, 1 out of the picture) at a time."""
        after = bisect.bisect_right(self._times, at_s)
        if after == 0:
            return self._keys[0].pose, self._keys[0].lowered
        if after == len(self._keys):
            return self._keys[-1].pose, self._keys[-1].lowered
        a, b = self._keys[after - 1], self._keys[after]
        share = (at_s - a.at_s) / (b.at_s - a.at_s)
        eased = share * share * (3 - 2 * share)
        return blend(a.pose, b.pose, share), a.lowered + (b.lowered - a.lowered) * eased

    def _moved_at(self, at_s: float) -> tuple[float, float]:
        """How far the hand has been moved by a drawing, to the thumb's side and down, hand sizes."""
        after = bisect.bisect_right(self._times, at_s)
        a, b = self._keys[max(0, after - 1)], self._keys[min(after, len(self._keys) - 1)]
        share = 0.0 if b.at_s <= a.at_s else (at_s - a.at_s) / (b.at_s - a.at_s)
        eased = share * share * (3 - 2 * share)
        across, down = (x + (y - x) * eased for x, y in zip(a.moved, b.moved, strict=True))
        return across, down

    def render(self, at_s: float) -> NDArray[np.uint8]:
        """The picture the camera takes at a time: (height, width, 3) uint8 BGR."""
        still = self._moved_at(at_s) == self._moved_at(at_s + EXPOSURE_S) and np.array_equal(
            self.pose_at(at_s)[0], self.pose_at(at_s + EXPOSURE_S)[0]
        )
        moments = [at_s] if still else [at_s + EXPOSURE_S * part / 3 for part in range(3)]
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

    def _placed(self, at_s: float) -> tuple[list[RoundCone], HandPlacement]:
        scene = self.scene
        pose, lowered = self.pose_at(at_s)
        phase = scene.wander + at_s * 2 * np.pi * np.array([0.31, 0.23, 0.17, 0.41])
        drift = np.sin(phase)
        pose = pose + np.concatenate([np.zeros(24), [1.5 * drift[2]]])
        cones = build_hand(pose, scene.girth)
        left, bottom, right, top = hand_box(cones)
        guide = guide_square(self.width, self.height)
        palm = scene.size * (1 + 0.02 * drift[3]) * guide.side / max(right - left, top - bottom)
        sign = -1.0 if scene.mirrored else 1.0
        x = guide.center_x + 0.02 * guide.side * drift[0] - sign * palm * (left + right) / 2
        y = guide.center_y + 0.02 * guide.side * drift[1] + palm * (bottom + top) / 2
        thumbwards, down = self._moved_at(at_s)
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
        for channel, albedo in enumerate(scene.skin):
            room[:, :, channel] += alpha * (np.clip(bright * albedo, 0, 1.2) - room[:, :, channel])
        return exposed


def luma_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Full-range brightness (H, W) uint8 of a BGR picture (ITU-R BT.601 weights)."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
