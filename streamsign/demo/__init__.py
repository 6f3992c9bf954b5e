"""A rendered hand that spells words: frames with exact ground truth, without anybody's picture."""
