"""The demo signer as a source of frames."""

from __future__ import annotations

from collections.abc import Iterator

from streamsign.demo.signer import LETTER_S, DemoSigner
from streamsign.recognition.frame import Frame
from streamsign.sources.source import Source

DEMO_WORD = "CELO"


class DemoSource(Source):
    """The demo signer spelling a word; see :class:`streamsign.demo.signer.DemoSigner`.

    Args:
        word: letters to spell.
        seed, letter_s: see :class:`~streamsign.demo.signer.DemoSigner`.

    Raises:
        SourceError: the word holds something that the signer cannot spell.
    """

    def __init__(self, word: str = DEMO_WORD, *, seed: int = 0, letter_s: float = LETTER_S) -> None:
        self._signer = DemoSigner(word, seed=seed, letter_s=letter_s)
        self.duration_s = self._signer.duration_s
        self.live = False

    def __iter__(self) -> Iterator[Frame]:
        """Frames as fast as they are rendered, timed as a camera would."""
        return iter(self._signer)

    def close(self) -> None:
        """Nothing to release."""
