"""Steps of the reporting pipeline that draw."""
