"""`make run`: the supervisor, its roles, where they serve, and what a second start can skip."""
