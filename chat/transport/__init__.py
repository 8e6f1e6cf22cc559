"""The page's socket: admission, frames, and the answers that it follows."""
