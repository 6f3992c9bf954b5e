"""What streamsign's speed claims rest on: each benchmark times ours, the stock way and the floor in one run."""
