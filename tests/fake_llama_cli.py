"""A fake llama-cli without a model: real pipes, signals and crashes, with a switch for every fault.

It is launched thousands of times, so it imports few modules, and Python compiles it once (see `write_fake_cli`).

It takes the arguments of the real program, and writes the same log (see docs/engine.md). A token is a word with the
white space before it, or a special token such as `<|eot_id|>` or `<think>`. It uses the BitNet template. By default,
its answer repeats every system prompt and question in its context, so that tests see a conversation that leaks into
another. The answer depends only on the context. A continuation does not repeat the text that the open answer has.

Switches follow `--fake`, each as NAME or NAME=VALUE. The answer:

    echo                    the last question only
    name=WORD               say "WORD heard" instead of "I heard"
    tokens=N                N numbered words
    repeat-one-token        one word forever
    thinks=TEXT             after this thought, between <think> and </think>
    bytes                   one byte per token, which splits characters and tags
    seconds-per-token=S     pause before each token
    slow-when=WORD          pause only while WORD is in the context
    newer-log               start log lines with time and level, as newer builds do

Faults, at launch, at token N of an answer (from 0), or throughout:

    exit-at-launch=TEXT     print TEXT and exit
    die-at-launch=SIGNAL    die of the signal with this number while loading
    never-ready             load forever
    slow-launch=S           load for S seconds
    die-idle-after=S        crash after waiting for input for S seconds
    die-at=N                crash
    exit-at=N               exit with status 0
    stop-at=N               stop (SIGSTOP)
    wait-at=N               wait at this token as long as the condition holds
    ignore-sigterm, ignore-sigint
    interrupt-at=N          ignore SIGINT before token N, and wait for it there
    grandchild=PATH         start a child process, and write its pid to PATH
    flood-stderr=BYTES      write this much log before each answer, in short lines
    long-line=BYTES         write one log line of this length before each token

Conditions of faults:

    when=WORD               only while WORD is in the context
    while=PATH              only while the file exists
    once=PATH               only if the file exists; it is deleted
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time

FLAGS = {"-i", "-if", "--simple-io", "--no-display-prompt", "--special", "--no-context-shift", "--no-warmup"}
FLAGS |= {"--prompt-cache-ro", "-no-cnv"}
OPTIONS = {"-m", "-f", "-lv", "-n", "-c", "-t", "-b", "-ub", "--seed", "--temp", "--top-p", "--top-k", "--min-p"}
OPTIONS |= {"--repeat-penalty", "--presence-penalty", "--frequency-penalty", "--repeat-last-n", "--grammar-file"}
OPTIONS |= {"-l", "--logit-bias", "--lora", "--in-prefix", "--in-suffix", "--prompt-cache", "--fake"}
TOKEN = re.compile(rb"<\|\w+\|>|</?think>|\s*(?:(?!<\|\w+\|>|</?think>)\S){1,1000}|\s+")
ESCAPE = re.compile(rb"\\(x[0-9a-f]{2}|[nrt\\])")
BOS = b"<|begin_of_text|>"
ENDS = {b"<|eot_id|>", b"<|end_of_text|>"}
INPUTS = re.compile(rb"(?:System|User): (.*?)<\|eot_id\|>", re.DOTALL)
OPEN_ANSWER = re.compile(rb"Assistant:((?:(?!<\|eot_id\|>).)*)\Z", re.DOTALL)


def main() -> None:
    options, switches = read_arguments(sys.argv[1:])
    FakeLlamaCli(options, switches, unescape(open(options["-f"], "rb").read())).run()


def read_arguments(arguments: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return options and switches. Exit at an unknown argument, as the real program does."""
    options, switches = dict[str, str](), dict[str, str]()
    rest = iter(arguments)
    for name in rest:
        if name in FLAGS:
            options[name] = ""
        elif name not in OPTIONS:
            sys.exit(f"error: invalid argument: {name}")
        elif name == "--fake":
            switch, _, value = next(rest).partition("=")
            switches[switch] = value
        else:
            options[name] = next(rest)
    return options, switches


def unescape(data: bytes) -> bytes:
    plain = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\"}
    return ESCAPE.sub(lambda found: plain.get(found[1]) or bytes([int(found[1][1:], 16)]), data)


class FakeLlamaCli:
    """`context`: the bytes of all tokens so far. `input_tokens`: how many of them were not sampled."""

    def __init__(self, options: dict[str, str], switches: dict[str, str], prompt: bytes) -> None:
        self.options, self.switches, self.prompt = options, switches, prompt
        self.context_size = int(options["-c"])
        self.prefix = unescape(options.get("--in-prefix", "").encode())
        self.suffix = unescape(options.get("--in-suffix", "").encode())
        self.context = b""
        self.input_tokens = self.past = 0
        self.unevaluated = 0  # a sampled token is evaluated before the next one
        self.remaining = -1
        self.rest: list[bytes] = []  # of the answer
        self.interrupted = self.waiting = False

    def run(self) -> None:
        if "ignore-sigterm" in self.switches:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN if "ignore-sigint" in self.switches else self.interrupt)
        self.launch()
        if "-i" not in self.options:
            open(self.options["--prompt-cache"], "wb").write(self.prompt)
            sys.exit(0)
        while True:
            self.turn(self.wait())

    def log(self, line: str) -> None:
        os.write(2, (f"0.00.012.345 D {line}\n" if "newer-log" in self.switches else f"{line}\n").encode())

    def interrupt(self, *_: object) -> None:
        if self.waiting:
            os.write(1, b"\n")
            os.write(1, b"Interrupted by user\n")
            os._exit(130)
        self.interrupted = True

    # Normal operation.

    def launch(self) -> None:
        tokens = [BOS, *TOKEN.findall(self.prompt)]
        self.log("build: 0 (fake)")
        self.fail_at_launch()
        self.log(f"n_ctx: {self.context_size}, add_bos: 1")
        self.log(f'prompt: "{self.prompt.decode()}"')
        if "-i" not in self.options:
            return
        if len(tokens) > self.context_size - 4:
            self.log(f"main: prompt is too long ({len(tokens)} tokens, max {self.context_size - 4})")
            sys.exit(1)
        self.take(tokens)
        self.log(f"embd_inp.size(): {self.input_tokens}, n_consumed: {self.input_tokens}")
        self.report_end(tokens[-1])

    def take(self, tokens: list[bytes]) -> None:
        """Put tokens into the context, and evaluate them."""
        self.evaluate_sampled()
        self.log(f"embd_inp.size(): {self.input_tokens + len(tokens)}, n_consumed: {self.input_tokens}")
        self.report_end(tokens[-1])
        self.input_tokens += len(tokens)
        self.context += b"".join(tokens).removeprefix(BOS)
        if self.past + len(tokens) >= self.context_size:
            self.run_out()
        self.past += len(tokens)
        self.log(f"n_past = {self.past}")

    def evaluate_sampled(self) -> None:
        if self.unevaluated:
            self.past, self.unevaluated = self.past + 1, 0
            self.log(f"n_past = {self.past}")

    def report_end(self, token: bytes) -> None:
        if token in ENDS:
            self.log("found an EOG token")
            os.write(1, b"\n")

    def wait(self) -> bytes:
        self.interrupted, self.waiting = False, True
        self.log("waiting for user input")
        if self.prefix:
            os.write(1, self.prefix)
        if "die-idle-after" in self.switches and self.fault("die-idle-after"):
            signal.signal(signal.SIGALRM, lambda *_: self.crash())
            signal.setitimer(signal.ITIMER_REAL, float(self.switches["die-idle-after"]))
        line = sys.stdin.buffer.readline()
        signal.setitimer(signal.ITIMER_REAL, 0)
        if not line:
            sys.exit(0)  # the real one generates forever
        self.waiting = False
        return line.removesuffix(b"\n").removesuffix(b"/")

    def turn(self, line: bytes) -> None:
        if len(line) > 1:
            if self.suffix:
                os.write(1, self.suffix)
            self.log(f"buffer: '{line.decode()}'")
            text = unescape(line)
            self.log(f"input tokens: [ {len(text)} bytes ]")
            self.log(f"n_remain: {self.remaining}")
            self.take(TOKEN.findall(self.prefix) + TOKEN.findall(text) + TOKEN.findall(self.suffix))
            self.rest = []
        self.flood()
        self.answer()

    def answer(self) -> None:
        self.rest = self.rest or self.compose()
        for at, token in enumerate(list(self.rest)):
            self.fail_at(at)
            if self.switches.get("slow-when", "").encode() in self.context:
                time.sleep(float(self.switches.get("seconds-per-token", 0)))
            if self.past + self.unevaluated >= self.context_size:
                self.run_out()
            self.evaluate_sampled()
            self.unevaluated = 1
            self.remaining -= 1
            if length := int(self.switches.get("long-line", 0)):
                self.log("x" * length)
            self.log(f"n_remain: {self.remaining}")
            os.write(1, token)
            self.context += token
            del self.rest[0]
            self.report_end(token)
            while self.switches.get("interrupt-at") == str(at) and not self.interrupted:
                time.sleep(0.001)
            if token in ENDS or (self.interrupted and at >= int(self.switches.get("interrupt-at", 0))):
                return

    def compose(self) -> list[bytes]:
        """Return the tokens of the answer to the context."""
        questions = INPUTS.findall(self.context)
        if "repeat-one-token" in self.switches:
            return [b" same"] * 100_000
        if "tokens" in self.switches:
            text = b"".join(b" w%d" % number for number in range(int(self.switches["tokens"])))
        elif "echo" in self.switches:
            text = b" " + (questions[-1] if questions else self.context)
        else:
            text = b" %s heard: " % self.switches.get("name", "I").encode() + b" | ".join(questions or [self.context])
        if "thinks" in self.switches:
            text = b" <think>\n" + self.switches["thinks"].encode() + b"\n</think>\n\n" + text.lstrip()
        open_answer = OPEN_ANSWER.search(self.context)
        if open_answer and text.startswith(open_answer[1]):
            text = text[len(open_answer[1]) :]
        tokens = [bytes([byte]) for byte in text] if "bytes" in self.switches else TOKEN.findall(text)
        return [*tokens, b"<|eot_id|>"]

    def run_out(self) -> None:
        self.log("\n\nmain: context full and context shift is disabled => stopping")
        os.write(1, b"\n\n")
        sys.exit(0)

    # Faults.

    def fault(self, name: str) -> bool:
        """Return whether the fault is switched on and its conditions hold."""
        conditions = self.switches
        if name not in conditions or conditions.get("when", "").encode() not in self.context:
            return False
        if "while" in conditions and not os.path.exists(conditions["while"]):
            return False
        if "once" in conditions:
            try:
                os.unlink(conditions["once"])
            except FileNotFoundError:
                return False
        return True

    def fail_at_launch(self) -> None:
        if self.fault("grandchild") and not (child := os.fork()):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.pause()
        elif "grandchild" in self.switches:
            open(self.switches["grandchild"], "w").write(str(child))
        if self.fault("exit-at-launch"):
            self.log(self.switches["exit-at-launch"])
            sys.exit(1)
        if self.fault("die-at-launch"):
            os.kill(os.getpid(), int(self.switches["die-at-launch"]))
        if self.fault("slow-launch"):
            time.sleep(float(self.switches["slow-launch"]))
        while self.fault("never-ready"):
            time.sleep(0.01)  # until the condition ends

    def fail_at(self, token: int) -> None:
        if self.switches.get("exit-at") == str(token) and self.fault("exit-at"):
            sys.exit(0)
        if self.switches.get("die-at") == str(token) and self.fault("die-at"):
            self.crash()
        if self.switches.get("stop-at") == str(token) and self.fault("stop-at"):
            os.kill(os.getpid(), signal.SIGSTOP)
        while self.switches.get("wait-at") == str(token) and self.fault("wait-at"):
            time.sleep(0.01)  # until the condition ends

    def crash(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("unreachable")

    def flood(self) -> None:
        line = "waiting for user input, not\n" * 512
        for _ in range(int(self.switches.get("flood-stderr", 0)) // len(line)):
            os.write(2, line.encode())
