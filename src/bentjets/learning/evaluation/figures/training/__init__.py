"""Figures of training: its course, its seeds, and what more images bring."""
