"""Readings of words without a doubt, which take no time to make."""

import numpy as np

from streamsign.recognition.model import load_model
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.record import TrueLetter

INFO = load_model("celov").info


def word(letters: str = "LOVE") -> Readings:
    """A clear word, each letter held for 0.2 s and 0.2 s between them."""
    times = np.arange(0, 0.4 * len(letters) + 0.6, 1 / 30)
    posterior = np.full((len(times), 1 + len(INFO.letters)), 0.01)
    truth = tuple(TrueLetter(letter=c, start_s=0.4 * n + 0.4, end_s=0.4 * n + 0.6) for n, c in enumerate(letters))
    states = np.zeros(len(times), int)
    for each in truth:
        states[(times >= each.start_s) & (times < each.end_s)] = 1 + INFO.letters.index(each.letter)
    posterior[np.arange(len(times)), states] = 0.95
    ones = np.ones(len(times))
    return Readings("word", "S01", truth, 0, times, posterior, ones, 0.1 * ones, 0 * ones, 0 * ones + 0.1)
