"""Run gunicorn with the next version of the messages between servers and nodes."""

from gunicorn.app.wsgiapp import run

from inference.engine import wire

if __name__ == "__main__":
    wire.VERSION += 1  # type: ignore[misc]  # this is the test's purpose
    run()
