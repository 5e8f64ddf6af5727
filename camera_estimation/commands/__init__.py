"""What the commands do once their arguments are parsed: a plan is made and checked, then it is run."""
