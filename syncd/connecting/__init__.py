"""Connections that a person agrees to: sent to agree, back with an answer, tokens kept sealed and renewed by one."""
