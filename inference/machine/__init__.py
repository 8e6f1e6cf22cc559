"""Resources that this process may use, and readings of the machine. No Django in here.

Most numbers are psutil's. It does not know control groups, pressure, major page faults, throttling by heat or how much
of a file is in memory; these are read here.
"""
