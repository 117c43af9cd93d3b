"""Automatic quality checks: what they measure, their limits, and the judgement."""
