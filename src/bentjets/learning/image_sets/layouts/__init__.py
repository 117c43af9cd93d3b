"""The layouts in which image sets are found, a module each."""
