"""What the server costs and gains, measured on real processes: `make benchmark`, which writes docs/benchmarks.md.

Each figure compares runs that alternate on the same machine, so that a slow minute slows both sides. `rows.py` lists
what is measured, with its target. Results are kept in `docs/benchmarks.json`: measuring one row again replaces that
row only. `manage.py benchmark` is for operators: it times the engine with their own model, in a minute.
"""
