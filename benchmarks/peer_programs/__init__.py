"""What benchmarks/peers.py runs in the peers' own environments: nothing of streamsign may be imported here."""
