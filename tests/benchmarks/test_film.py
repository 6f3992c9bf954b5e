"""Tests of benchmarks/film.py."""

from __future__ import annotations

import av

from benchmarks.film import KEY_EVERY_S, encode_film


def test_a_film_can_be_joined_at_its_key_frames() -> None:
    """Decoding may start at any key frame, frames have the requested size, and key frames come at the set interval."""
    film = encode_film(160, 120, 15, 100_000, word="L")
    assert film.keys == tuple(range(0, len(film.frames), KEY_EVERY_S * 15))
    assert film.bit_rate > 0
    for key in film.keys:
        decoder = av.CodecContext.create("libvpx", "r")
        assert isinstance(decoder, av.VideoCodecContext)
        for data in film.frames[key:]:
            [picture] = decoder.decode(av.Packet(data))
            assert (picture.width, picture.height) == (160, 120)
