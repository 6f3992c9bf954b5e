"""What the folder of collected hands does, in a worker thread and with its errors as problems."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from streamsign.errors import CollectionError, CollectionFull
from streamsign.server.http.problems import Problem

Result = TypeVar("Result")


async def in_folder(work: Callable[[], Result]) -> Result:
    """Run ``work`` in a thread.

    Raises:
        Problem: 507, the folder is full or cannot be written; 409, what is in it, or is to be imported, cannot be read.
    """
    try:
        return await asyncio.to_thread(work)
    except CollectionFull as error:
        raise Problem.of(507, "collection_full", error) from error
    except CollectionError as error:
        raise Problem.of(409, "collection_unusable", error) from error
    except OSError as error:
        raise Problem(
            507,
            "not_stored",
            f"The folder of collected hands cannot be changed: {error.strerror or type(error).__name__}.",
            "Free some space on the computer, then try again.",
        ) from error
