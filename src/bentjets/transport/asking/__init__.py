"""Asking a service: sessions, pace, retries, and when to give up."""
