"""The astronomy: catalogues, surveys, simulation, source finding, images, quality."""
