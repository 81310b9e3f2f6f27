"""The command line: one thin module a command, all thinking in the rooms below."""
