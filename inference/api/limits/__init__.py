"""Limits on one caller: requests per minute, tokens per day, concurrent answers. Shared by all protocols.

policy       which limits apply to a caller, and the error when one is reached
windows      counts of requests and tokens, in the database
concurrency  counts of running answers, in memory: one process generates them all
throttle     checks the limits before a request, for REST framework
metering     holds a place during an answer, and charges its tokens afterwards
"""
