"""Surveys whose cutouts a public service gives, a file for each service."""
