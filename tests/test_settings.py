"""settings.py: flags before variables before defaults, and every mistake named."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from streamsign.errors import SettingsError
from streamsign.recognition.pauses import PauseRule
from streamsign.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"STREAMSIGN_{name.upper()}", raising=False)


def test_a_flag_goes_before_a_variable_before_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given flags win, flags not given leave the variable, and the rest is the default."""
    monkeypatch.setenv("STREAMSIGN_PORT", "9000")
    monkeypatch.setenv("STREAMSIGN_LAN_PORT", "9443")
    settings = read_settings(port=9001, lan_port=None)
    assert (settings.port, settings.lan_port, settings.host) == (9001, 9443, "127.0.0.1")


def test_ice_servers_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """One variable holds several URLs, blanks around them ignored."""
    monkeypatch.setenv("STREAMSIGN_ICE_SERVERS", "stun:stun.example.org:3478, turns:turn.example.org ,")
    assert read_settings().ice_servers == ("stun:stun.example.org:3478", "turns:turn.example.org")


def test_each_source_has_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources and rooms are lists split at blanks, paired in their order; without rooms all are in the room main."""
    urls = ("http://192.0.2.1/video?a=1,2", "rtsp://192.0.2.2/stream")
    assert read_settings().sources == []
    assert read_settings(source=list(urls)).sources == [(urls[0], "main"), (urls[1], "main")]
    monkeypatch.setenv("STREAMSIGN_SOURCE", " ".join(urls))
    monkeypatch.setenv("STREAMSIGN_ROOM", "left right")
    assert read_settings().sources == [(urls[0], "left"), (urls[1], "right")]


@pytest.mark.parametrize("given", [{"source": "user:secret@192.0.2.1"}, {"source": "http://u:secret@h", "room": "a b"}])
def test_sources_that_cannot_be_used_are_named_without_their_password(given: dict[str, str]) -> None:
    """A text that is not a URL, and rooms that do not fit the sources, are refused; the URL is not repeated."""
    with pytest.raises(SettingsError, match=r"source|room") as refused:
        read_settings(**given)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 70_000),
        ("port", "eighty"),
        ("max_sessions", 0),
        ("stall_after_s", 0),
        ("stall_after_s", "inf"),
        ("close_after_s", "nan"),
        ("log_level", "loud"),
        ("ice_servers", "http://example.org"),
        ("room", "a/b"),
        ("workers", "0"),
        ("workers", "many"),
        ("trace_endpoint", "collector"),
        ("portt", 80),
    ],
)
def test_a_value_that_makes_no_sense_is_named(name: str, value: object) -> None:
    """The message names the setting, its value, and where to correct it."""
    with pytest.raises(SettingsError, match=name) as reported:
        read_settings(**{name: value})
    assert str(value) in reported.value.problem
    assert "STREAMSIGN_" in reported.value.next_step
    assert "pattern" not in reported.value.problem
    assert "Value error" not in reported.value.problem


def test_a_sentence_does_not_end_before_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses that contradict each other are refused, wherever each comes from: a flag, a variable or the default."""
    with pytest.raises(SettingsError, match=r"sentence_pause: .* at least 5 s for the sentence"):
        read_settings(word_pause=5)
    monkeypatch.setenv("STREAMSIGN_SENTENCE_PAUSE", "2")
    with pytest.raises(SettingsError, match=r"sentence_pause: .* at most 2 s for the word"):
        read_settings(word_pause=3)
    assert read_settings(word_pause=2).pauses == PauseRule(word_s=2, sentence_s=2)
    assert read_settings(word_pause=5, sentence_pause=0).pauses == PauseRule(word_s=5, sentence_s=0)


def test_a_camera_is_not_closed_before_it_stalls() -> None:
    """A silence that closes a session, by default too, is at least that of a stalled camera."""
    with pytest.raises(SettingsError, match=r"close_after_s: .* closed after 8 s, before .* stalled after 9 s"):
        read_settings(stall_after_s=9)
    assert read_settings(stall_after_s=9, close_after_s=9).close_after_s == 9


def test_settings_are_frozen() -> None:
    """Settings are immutable."""
    with pytest.raises(ValidationError):
        read_settings().port = 1


def test_tokens_are_not_printed() -> None:
    """A token in the settings does not reach a log by way of repr."""
    assert "hush" not in repr(read_settings(view_token="hush"))
