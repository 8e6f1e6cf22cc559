"""Lists of words, written as running text."""


def words(text: str) -> list[str]:
    """The words of a text in which spaces separate them."""
    return text.split()


def listed(text: str) -> list[str]:
    """The entries of a text in which commas separate them."""
    return [entry.strip() for entry in " ".join(text.split()).split(",") if entry.strip()]
