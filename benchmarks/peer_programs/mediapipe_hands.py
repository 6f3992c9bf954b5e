"""Tracks a hand by MediaPipe Hands, as in its documentation for video.

    python -m benchmarks.peer_programs.mediapipe_hands COMPLEXITY FRAMES.npy

``COMPLEXITY`` is its ``model_complexity``, 1 by default. ``FRAMES`` holds (n, height, width, 3) uint8 RGB. Writes
``[[CPU ms, wall ms, found], …]``, one a frame. Pin it to one core, because it uses all cores. One hand is tracked: with
its default of two it searches for the other one in every frame, which doubles its time.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

import numpy as np

if __name__ == "__main__":
    mediapipe: Any = importlib.import_module("mediapipe")
    hands = mediapipe.solutions.hands.Hands(static_image_mode=False, max_num_hands=1, model_complexity=int(sys.argv[1]))
    taken = []
    for picture in np.load(sys.argv[2]):
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        found = hands.process(picture).multi_hand_landmarks is not None
        taken.append((1000 * (time.process_time() - cpu_s), 1000 * (time.perf_counter() - wall_s), found))
    sys.stdout.write(json.dumps(taken) + "\n")
