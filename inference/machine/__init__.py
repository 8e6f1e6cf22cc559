"""What this process may use of the machine, and what the machine is doing. No Django in here.

Most numbers are psutil's. It does not know control groups, pressure, major page faults, throttling by heat or how much
of a file is in memory; these are read here.
"""
