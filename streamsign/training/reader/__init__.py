"""The reader: a larger network beside a model's own that only tells letters apart."""
