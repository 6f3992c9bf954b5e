"""Programs that benchmarks/peers.py runs in the peers' environments. They must not import streamsign."""
