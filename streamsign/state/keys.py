"""The secrets of a server: the key that signs grants, and the two fixed tokens."""

from __future__ import annotations

import secrets
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from streamsign.state.grants import KEY_FILE
from streamsign.state.private import TOKEN_BYTES, kept_token


def _new() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


class Keys(BaseModel):
    """Secrets that are made once and stored.

    Attributes:
        session_key: signs grants; another one makes every grant worthless that was given out.
        publish_token: a camera of any room shows it.
        view_token: a viewer of any room shows it.
        generation: grows by one whenever the session key is replaced.
    """

    model_config = ConfigDict(frozen=True)
    session_key: str = Field(default_factory=_new, min_length=16, repr=False)
    publish_token: str = Field(default_factory=_new, min_length=1, repr=False)
    view_token: str = Field(default_factory=_new, min_length=1, repr=False)
    generation: int = 1

    def replaced(self, beyond: int = 0) -> Keys:
        """The same tokens with another session key, of a generation above this one and ``beyond``."""
        return self.model_copy(update={"session_key": _new(), "generation": max(self.generation, beyond) + 1})


def keys_in_folder(folder: Path, publish_token: str | None = None, view_token: str | None = None) -> Keys:
    """The keys in a state folder; those that are missing are made. A token that is given is not stored.

    Raises:
        SettingsError: the folder cannot be used.
    """
    return Keys(
        session_key=kept_token(folder / KEY_FILE),
        publish_token=publish_token or kept_token(folder / "publish-token"),
        view_token=view_token or kept_token(folder / "view-token"),
    )
