"""Speech: writing sound down, speaking words, and how an answer was delivered."""
