"""How far the cluster of docs/scale.md carries: a model fed by measured figures, a simulation, and the limits."""
