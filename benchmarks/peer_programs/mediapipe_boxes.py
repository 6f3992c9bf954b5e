"""Boxes of the hands of single pictures by MediaPipe Hands.

    python -m benchmarks.peer_programs.mediapipe_boxes LIST.json

``LIST`` holds the pictures' paths. Writes, for each, the boxes of its hands' joints: ``[[x0, y0, x1, y1], …]`` in
pixels, two at most.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    cv2: Any = importlib.import_module("cv2")
    mediapipe: Any = importlib.import_module("mediapipe")
    hands = mediapipe.solutions.hands.Hands(static_image_mode=True, max_num_hands=2, model_complexity=1)
    boxes = []
    for path in json.loads(Path(sys.argv[1]).read_text()):
        picture = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
        height, width = picture.shape[:2]
        found = []
        for hand in hands.process(picture).multi_hand_landmarks or ():
            x, y = [joint.x * width for joint in hand.landmark], [joint.y * height for joint in hand.landmark]
            found.append((min(x), min(y), max(x), max(y)))
        boxes.append(found)
    sys.stdout.write(json.dumps(boxes) + "\n")
