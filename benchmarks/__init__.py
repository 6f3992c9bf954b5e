"""Benchmarks of streamsign's components, each with a stock implementation and a lower bound in the same run."""
