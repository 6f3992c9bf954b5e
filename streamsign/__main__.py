"""``python -m streamsign``."""

from streamsign.cli import main

main()
