"""What the server promises, and the tests that prove it: `make prove` runs them and writes docs/promises.md.

A test anywhere in tests/ proves a promise if it is marked `@pytest.mark.promise(NUMBER)`. Those in this folder do what
no other test does: random faults against a whole server, for a long time. With the fixture `proof`, a test adds what it
did, how often, and how many were lost.
"""

PROMISES = {
    # Processes
    1: "A process that dies before its first token is replaced, and the request retried once, unnoticed.",
    2: "A process that dies after some tokens gives a typed error within 1 s; the partial text is kept and marked.",
    3: "A dead process is replaced; the delay grows with each crash, and is reset by an answer.",
    4: "A model that keeps crashing is marked failed, and `/health` answers 503 with the reason.",
    5: "A process that hangs is killed by a time limit for the first token or between tokens.",
    6: "A process that ignores SIGTERM is killed after a grace period, with its children.",
    7: "SIGKILL of the server leaves no child after 2 s.",
    8: "Launching, answering and retiring leaks no process, file descriptor, thread or memory.",
    9: "Floods of log output, very long lines and characters split at every byte leave the text intact.",
    10: "Nothing of one conversation ever reaches another.",
    # Requests
    11: "A client that disconnects frees its place within 1 s.",
    12: "A full queue answers 503 with Retry-After; a wait past the limit does too, and gives up its place.",
    13: "One client's many requests delay another's by at most one turn.",
    14: "A prompt that does not fit is refused with both token counts, before anything is generated.",
    15: "Invalid input gets a 4xx that names the field, and never a 500.",
    16: "Text reaches the model literally, as one turn.",
    17: "SIGTERM: not ready at once, running answers finish within the drain time, then the server exits.",
    18: "Liveness is 200 while the model loads and the server drains; readiness needs a process that answered.",
    # Chat and data
    19: "A reload or a lost connection resumes at its offset: no token is lost or doubled.",
    20: "A client that reads slowly costs bounded memory and delays no other.",
    21: "What the page says is saved is committed: SIGKILL of the server loses no acknowledged message.",
    22: "Many writers at once: no “database is locked”, and turns in order.",
    23: "Without its database the server answers 503, and recovers without a restart.",
    # Who may do what
    24: "Another user's object is a 404 on every path, admin page and socket frame.",
    25: "Sockets of a foreign origin are refused, session APIs need the CSRF token, a socket ends with its session.",
    26: "API keys have 256 random bits, are shown once, stored as a hash, and revocable at once.",
    27: "A model's output is text: no script, style, form, remote image or link scheme gets through.",
    28: "Arguments are passed as a list, model paths stay in the models folder, downloads are checked by SHA-256.",
    29: "Bodies, frames, sockets and sign-ins are limited; a deployment with HTTPS passes Django's checks.",
    30: "No prompt or key is in a log or process list; processes get none of the server's secrets.",
    # Everything at once
    31: "Random signals to processes, worker and master under mixed load: the server answers again by itself.",
    32: "Model files removed, truncated, replaced or damaged are refused with a reason, and harm no other request.",
    33: "Clocks that jump by a day or by years break no answer, limit or session.",
    34: "With few file descriptors the server refuses what it cannot take, and goes on.",
    35: "Slow and silent connections are ended, and cost bounded memory.",
    36: "A full disk stops no answer; what cannot be saved says so.",
    37: "Hours of mixed load: memory, descriptors, threads and database do not grow without bound.",
}
