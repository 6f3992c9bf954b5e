"""Print a room's letters with their certainty; comes back by itself and misses nothing.

python watch.py http://localhost:8080
"""

import asyncio
import sys

from streamsign.captions.events import Letter
from streamsign.client.captions import watch


async def main(url: str) -> None:
    """Follow one room until interrupted."""
    async for event in watch(url):
        if isinstance(event, Letter):
            print(f"{event.letter}  {event.confidence:.0%}  {event.text}", flush=True)


asyncio.run(main(sys.argv[1]))
