"""The commands. `main.py` names them all; each family of commands has a file of its own."""
