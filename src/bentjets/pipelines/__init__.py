"""The five pipelines: acquisition, processing, curation, modelling, reporting."""
