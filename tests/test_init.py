"""The public face."""

import streamsign


def test_public_face_is_what_all_says() -> None:
    """Everything promised can be imported, and nothing is promised twice."""
    assert sorted(set(streamsign.__all__)) == sorted(streamsign.__all__)
    assert all(hasattr(streamsign, name) for name in streamsign.__all__)
