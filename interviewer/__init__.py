"""A mock interviewer for ML roles that grades answers against a rubric.

Importing the package is cheap: nothing heavy is loaded until it is used.
"""

__version__ = "0.4.0"
