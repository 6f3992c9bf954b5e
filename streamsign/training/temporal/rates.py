"""Transition rates from streams whose true letters are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streamsign.recognition.temporal import Rates
from streamsign.training.streams.readings import Readings

_PRIOR_S, _PRIOR_JUMPS = 1.0, 0.5
"""A second and half a jump of every kind, so that what never happened is rare rather than impossible."""


def fitted_rates(streams: Sequence[Readings], rates: Rates) -> Rates:
    """Maximum likelihood of a continuous-time chain whose path is known: jumps over time spent.

    This is the M-step of EM for such chains (Liu et al. 2015, "Efficient learning of continuous-time hidden Markov
    models", equation 4); labels make the E-step exact, so that one round is all.

    Args:
        streams: labeled.
        rates: where everything but the four rates is taken from.
    """
    spent = {"rest": _PRIOR_S, "letter": _PRIOR_S, "between": _PRIOR_S}
    jumps = dict.fromkeys(
        ("rest_to_between", "between_to_rest", "between_to_letter", "letter_to_between"), _PRIOR_JUMPS
    )
    for stream in streams:
        end_s = float(stream.times[-1])
        if not stream.truth:
            spent["rest"] += end_s
            continue
        held = sum(each.end_s - each.start_s for each in stream.truth)
        gaps = sum(after.start_s - each.end_s for each, after in zip(stream.truth[:-1], stream.truth[1:], strict=True))
        # The hand comes in and leaves at an unknown moment: as long as it is seen before and after the word.
        seen = np.isfinite(stream.focus)
        before, after = stream.times < stream.truth[0].start_s, stream.times > stream.truth[-1].end_s
        step_s = end_s / max(1, len(stream.times) - 1)
        way = step_s * float(np.count_nonzero(seen & (before | after)))
        spent["letter"] += held
        spent["between"] += gaps + way
        spent["rest"] += max(0.0, end_s - held - gaps - way)
        jumps["rest_to_between"] += 1
        jumps["between_to_rest"] += 1
        jumps["between_to_letter"] += len(stream.truth)
        jumps["letter_to_between"] += len(stream.truth)
    return rates.model_copy(update={name: round(count / spent[name.split("_")[0]], 4) for name, count in jumps.items()})
