"""Lists of words, written as text."""


def words(text: str) -> list[str]:
    """Return the words of a text, separated by spaces."""
    return text.split()


def listed(text: str) -> list[str]:
    """Return the entries of a text, separated by commas."""
    return [entry.strip() for entry in " ".join(text.split()).split(",") if entry.strip()]
