"""The packaged objectives: each module registers one or more. Those whose name begins with _ hold what some share."""
