"""Reading a workspace, and everything that can be wrong with one."""
