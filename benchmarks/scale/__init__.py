"""The capacity of a cluster (docs/scale.md): a model of measured figures, a simulation, and the limits."""
