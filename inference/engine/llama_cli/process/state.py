"""The lifecycle of a llama-cli process."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """The state of a process. `Process._enter` is the only writer.

    from                     event                                                         to
    -                        a new process                                                 LAUNCHING
    LAUNCHING                llama-cli waits for its first line                            READY
    READY                    an answer sends its line                                      ANSWERING
    READY                    a continuation ends within the tokens sampled after the cut   READY
    ANSWERING                the answer ended by itself, and llama-cli waits               READY
    ANSWERING                the answer reached its limit and is kept: SIGINT              INTERRUPTED
    INTERRUPTED              llama-cli waits                                               READY
    all of these             an error, a timeout, output without a place here,
                             an answer that is not kept, or `kill`: SIGKILL                KILLED
    all except DEAD          the child is reaped, or could not be started                  DEAD
    """

    LAUNCHING = "launching"  # loads the model and evaluates the initial prompt
    READY = "ready"  # waits for a line
    ANSWERING = "answering"  # evaluates a line and generates
    INTERRUPTED = "interrupted"  # its answer was cut; generates until it notices the SIGINT
    KILLED = "killed"  # not yet reaped; its output is ignored
    DEAD = "dead"  # reaped
