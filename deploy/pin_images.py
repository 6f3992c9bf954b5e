"""Writes the digest behind each image tag into Dockerfile and docker-compose.yml, asked of the registry by Docker.

python deploy/pin_images.py
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = ("Dockerfile", "docker-compose.yml")
OWN = "streamsign:"

_NAMED = re.compile(r"^(FROM |\s+image: )([^\s@]+)(@sha256:[0-9a-f]{64})?(?=\s|$)", re.MULTILINE)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def pinned(text: str, digest_of: Callable[[str], str]) -> str:
    """The file with a digest behind every tag; the image that is built here has none.

    Args:
        text: a Dockerfile or compose file.
        digest_of: the registry's digest of a tag, ``sha256:…``.
    """

    def pin(found: re.Match[str]) -> str:
        begin, tag = found[1], found[2]
        return found[0] if tag.startswith(OWN) else f"{begin}{tag}@{digest_of(tag)}"

    return _NAMED.sub(pin, text)


def ask(tag: str) -> str:
    """The digest of a tag.

    Raises:
        SystemExit: Docker is not installed, or the registry does not answer with a digest.
    """
    command = ["docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", tag]
    try:
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        sys.exit("Docker is not installed. Install it, or write the digests into the files by hand.")
    except subprocess.CalledProcessError as error:
        sys.exit(f"The registry returned no digest of {tag}: {error.stderr.strip()}. Check the network and the tag.")
    if not _DIGEST.fullmatch(answer):
        sys.exit(f"The answer for {tag} is not a digest: {answer[:80]!r}. Update Docker and try again.")
    return answer


def main() -> None:
    """Pin the images of every file, or none."""
    written = {ROOT / name: pinned((ROOT / name).read_text(encoding="utf-8"), ask) for name in FILES}
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
