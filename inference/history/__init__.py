"""The history of generations: written in the background, queried, exported, pruned, and reproduced."""
