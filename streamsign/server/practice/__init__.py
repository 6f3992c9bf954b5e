"""The practice page: letters, words and pictures to copy."""
