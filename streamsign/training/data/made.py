"""Pictures of the demo signer for training: hands on the way between letters, and letters as they look in passing."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from streamsign.demo.coarticulation import RAISE_S, filmed_times
from streamsign.demo.drawn import DRAWN
from streamsign.demo.labels import Doing
from streamsign.demo.poses import LETTERS
from streamsign.demo.signer import HEIGHT, WIDTH, DemoSigner, luma_of
from streamsign.demo.varied import make_varied_scene
from streamsign.recognition.geometry import Box
from streamsign.training.data.augment import LOOSE_MARGIN, loose_hand, loose_side
from streamsign.training.data.crops import Crop

SOURCE = "demo"
"""Source of the pictures."""

WAY = "on the way"
"""Shape of a hand that shows no letter, because it is between two."""

LEAST_AWAY = 0.25
"""Share of the time between two letters for which a hand that has left one still resembles it."""

ALIKE_DEG = 30.0
"""A hand shows the shape of a letter while no joint of its fingers differs from it by more. Half-closed fists and other
shapes that are letters if they are held are not training pictures of *none*."""

_FINGERS = 22  # angles of fingers and thumb; the wrist's follow
_RATES = (1.0, 6.0)  # letters a second
_LETTERS, _WAYS, _HELD = 5, 8, 4  # of one film: letters spelled, pictures on the way, pictures of letters
_TRIES = 200  # moments of a film that are looked at, at most


class MadePictures(NamedTuple):
    """Loose crops of the demo signer."""

    ways: list[Crop]  # of shape WAY
    held: list[Crop]  # of the letters


def made_pictures(letters: str, films: int, seed: int, size: int) -> MadePictures:
    """Render words of random letters at 1 to 6 letters a second, each by another hand in another room, view and light.

    Args:
        letters: to spell; those that the demo signer draws in the air are left out.
        films: number of words. Each gives up to 8 pictures on the way and 4 of letters.
        seed: decides everything.
        size: side of the patches, pixels; the crops are :func:`loose_side` of it.
    """
    usable = [letter for letter in letters if letter in LETTERS and letter not in DRAWN]
    ways: list[Crop] = []
    held: list[Crop] = []
    for film in range(films if usable else 0):
        rng = np.random.default_rng([seed, film, 23])
        word = "".join(usable[place] for place in rng.integers(len(usable), size=_LETTERS))
        hold_s, way_s = filmed_times(float(np.exp(rng.uniform(*np.log(_RATES)))))
        number = int(rng.integers(2**31))
        scene = make_varied_scene(number, WIDTH, HEIGHT)
        signer = DemoSigner(word, seed=number, letter_s=hold_s, transition_s=way_s, coarticulated=True, scene=scene)
        for shape, at_s in _moments(signer, rng):
            crop = _crop(signer, at_s, size, shape, f"{SOURCE}:{film}")
            if crop is not None:
                (ways if shape == WAY else held).append(crop)
    return MadePictures(ways, held)


def _moments(signer: DemoSigner, rng: np.random.Generator) -> list[tuple[str, float]]:
    """Shape and time of the pictures to take of a film."""
    left = {Doing.WAY: _WAYS, Doing.LETTER: _HELD}
    found = []
    for number in rng.permutation(signer.frame_count)[:_TRIES]:
        label = signer.label(int(number))
        at_s = int(number) / signer.fps
        if not left.get(label.doing) or (label.doing is Doing.WAY and not _is_away(signer, at_s)):
            continue
        left[label.doing] -= 1
        found.append((label.letter or WAY, at_s))
    return found


def _is_away(signer: DemoSigner, at_s: float) -> bool:
    """Whether the hand has left one letter, has not reached the next one, and resembles no other on the way."""
    before = max((each.end_s for each in signer.truth if each.end_s <= at_s), default=-np.inf)
    after = min((each.start_s for each in signer.truth if each.start_s >= at_s), default=np.inf)
    least_s = LEAST_AWAY * min(after - before, RAISE_S)
    if at_s - before < least_s or after - at_s < least_s:
        return False
    fingers = signer.pose_at(at_s)[0][:_FINGERS]
    return all(np.abs(fingers - letter[:_FINGERS]).max() > ALIKE_DEG for letter in LETTERS.values())


def _crop(signer: DemoSigner, at_s: float, size: int, shape: str, name: str) -> Crop | None:
    """The hand at a time; None if only a part of it is in the picture."""
    box = signer.hand_box(at_s + signer.scene.exposure_s / 2)
    if box is None or box.y1 >= signer.height:
        return None
    gray, side = luma_of(signer.render(at_s)), loose_side(size)
    scale = side / (LOOSE_MARGIN * box.longer_side)
    if scale < 1:  # averaged first, as the pictures of people were
        gray = np.asarray(cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        box = Box(*(scale * edge for edge in (box.x0, box.y0, box.x1, box.y1)))
    shares = (box.width / box.longer_side, box.height / box.longer_side)
    return Crop(loose_hand(gray, box, side), shape, name, SOURCE, SOURCE, 0, shares, f"{name}, {at_s:.3f} s")
