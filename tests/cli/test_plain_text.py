import io

from streamsign.captions.log import CaptionLog
from streamsign.cli.plain_text import PlainText
from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import Pause


def _written(held_back_s: float) -> tuple[str, str]:
    """What is written one second after "I" was replaced by "J" in a second word, and at the end."""
    log, out = CaptionLog("caption"), io.StringIO()
    text = PlainText(out, held_back_s)
    text.change(log.append_letter("caption", Commit("A", 1.0, 0.0, 0.1)))
    if (ended := log.append_pause("caption", Pause("word", 0.2, 1.5))) is not None:
        text.change(ended)
    text.change(log.append_letter("caption", Commit("I", 1.0, 2.0, 2.1)))
    for removed in log.take_back("caption", 1, 3.0):
        text.change(removed)
    text.change(log.append_letter("caption", Commit("J", 1.0, 2.2, 3.0)))
    text.tick(4.0)
    soon = out.getvalue()
    text.finish()
    return soon, out.getvalue()


def test_a_terminal_shows_letters_at_once_and_erases_a_replaced_one() -> None:
    """Without a delay a removed letter is overwritten as on a terminal."""
    assert _written(0.0) == ("A I\b \bJ", "A I\b \bJ\n")


def test_a_file_gets_only_letters_that_stay() -> None:
    """With a delay a replaced letter is never written, and the space before it is kept."""
    assert _written(3.0) == ("A", "A J\n")
