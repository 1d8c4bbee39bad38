"""``python -m interviewer.cli``: the command where it is not on the path."""

from interviewer.cli import main

main()
