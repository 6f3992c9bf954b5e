"""Adapts a model to one signer, without TensorFlow: from pictures of the signer's letters to an adaptation."""
