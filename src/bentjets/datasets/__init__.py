"""Kedro dataset classes for the files of this field: one class per file."""
