"""What the report says in words: captions, the sample, and what tests can tell."""
