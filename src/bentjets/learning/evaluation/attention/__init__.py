"""Attention: where a network looks, and which of its layers tells."""
