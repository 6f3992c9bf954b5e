"""server/process/limits.py: limits of a server's process, set in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

PROGRAM = """
import asyncio.constants, json, resource
from streamsign.server.process.limits import set_process_limits
resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
set_process_limits()
print(json.dumps([
    resource.getrlimit(resource.RLIMIT_CORE),
    resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    asyncio.constants.SSL_HANDSHAKE_TIMEOUT,
]))
"""


def test_descriptors_are_raised_and_core_dumps_forbidden() -> None:
    """A dump would write frames to the disk; 256 descriptors would serve few viewers; a handshake gets 10 s."""
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    core, descriptors, handshake_s = json.loads(ran.stdout)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(65_536, hard)
    assert (core, descriptors, handshake_s) == ([0, 0], wanted, 10)
