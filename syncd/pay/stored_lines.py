"""Where the lines of a calculation stand."""

from __future__ import annotations

from engine.found import LINES, TALLIES
from engine.lines import LineFiles
from store.calculations import Calculation
from syncd.world import World


def line_files(world: World, found: Calculation) -> LineFiles:
    """Give the files of a calculation's lines that hold anything, and of their tallies."""
    var, filled = world.workspace.var, {one.path for one in found.files if one.rows}
    lines, tallies = ([var / path for path in found.paths(name) if path in filled] for name in (LINES, TALLIES))
    return LineFiles(lines, tallies)
