"""The library of saved prompts: texts with placeholders, which the composer inserts."""
