"""Grammars in GBNF, llama.cpp's notation: made from JSON Schemas, and checked before the engine compiles them.

json_schema  converts a schema
keywords     normalizes schemas: references, allOf, and what cannot be enforced
json_rules   the rules of JSON itself
numbers      ranges of numbers
patterns     regular expressions
bounds       refuses grammars that would exhaust the memory of the engine
"""
