"""What kedro-viz shows of the project: a preview of each step, and a static site."""
