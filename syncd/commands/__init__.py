"""The commands: each module holds a few that belong together and is imported when one of them is called."""
