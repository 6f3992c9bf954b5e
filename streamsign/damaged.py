"""Exceptions that the standard library and NumPy raise for damaged ZIP files and NumPy archives."""

from __future__ import annotations

import zipfile
import zlib

DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, UnicodeDecodeError)
"""A ZIP file that is damaged, encrypted, or needs another version. :class:`RuntimeError` includes
:class:`NotImplementedError`, which :mod:`zipfile` raises for unknown versions, flags and compression methods."""

DAMAGED_NPZ = (*DAMAGED_ZIP, ValueError, KeyError, TypeError)
"""A NumPy archive that is damaged, or lacks an array."""
