"""The mathematics of the lessons, one module per idea: arrays in, frozen record out."""
