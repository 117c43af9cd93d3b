"""Commands beside Kedro's own: review, release, cleaning."""
