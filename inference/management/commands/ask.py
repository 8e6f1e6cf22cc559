"""`manage.py ask "question"`: an answer in the terminal, without a server."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inference.api.native.serializers import GenerateSerializer
from inference.engine import Finished, GenerationRequest, ModelInfo, Reasoning, Text, make_engine
from inference.engine.errors import EngineError
from inference.engine.speed import tokens_per_second
from inference.history.writer import history
from inference.serving import configuration, service
from inference.serving.callers import Caller
from inference.serving.engine_settings import engine_config, engine_lock, notice
from inference.serving.recorder import GenerationRecorder
from inference.serving.supervisor import FLUSH_TIMEOUT

PARAMETERS = ("system_prompt", "max_tokens", "temperature", "top_p", "seed")  # of the command and of the API
MIN_DECODE = 0.05  # seconds; below this, the measured speed would be that of reading, not of the model


class Command(BaseCommand):
    """Streams the answer to standard output, and the model's thought and the statistics to standard error."""

    help = "Answer a question in the terminal, with an engine of its own."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question", help="The question, or - to read it from standard input.")
        parser.add_argument("--system-prompt", help="Default, as for the other options: the setting in force.")
        parser.add_argument("--max-tokens", type=int, help="Maximum tokens of the answer.")
        parser.add_argument("--temperature", type=float, help="0 selects the most likely token each time.")
        parser.add_argument("--top-p", type=float, help="Nucleus sampling; 1 disables it.")
        parser.add_argument("--seed", type=int, help="The same seed reproduces the same answer.")

    def handle(self, *args: Any, **options: Any) -> None:
        question = sys.stdin.read().strip() if options["question"] == "-" else options["question"]
        if not question.strip():
            raise CommandError("The question is empty.")
        try:
            asyncio.run(self._answer(question, options))
        except EngineError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped.", returncode=130) from None
        except BrokenPipeError:  # the reader has closed the pipe
            sys.stdout = None  # otherwise Python would write the rest when it exits

    async def _answer(self, question: str, options: dict[str, Any]) -> None:
        has_database = await configuration.load(log_failure=False)
        observers = None if has_database else ()  # without a database there is no history to write
        lock = engine_lock()
        await lock.acquire(0)
        engine = make_engine(engine_config(prelaunch=0))
        try:
            await engine.start()
            request = self._request(question, options, service.limits_of(engine))
            with GenerationRecorder(request, Caller("command"), observers) as recorder:
                async with aclosing(recorder.generate(engine)) as events:
                    thinking = False
                    async for event in events:
                        if thinking and not isinstance(event, Reasoning):
                            self.stderr.write("\n")
                        thinking = isinstance(event, Reasoning)
                        if isinstance(event, Reasoning):
                            self.stderr.write(event.text, self.style.HTTP_INFO, ending="")
                            self.stderr.flush()
                        elif isinstance(event, Text):
                            self.stdout.write(event.text, ending="")
                            self.stdout.flush()
                        elif isinstance(event, Finished):
                            self._report(event, engine.models[0])
        finally:
            await engine.stop()
            lock.release()
            await asyncio.to_thread(history.flush, FLUSH_TIMEOUT)

    def _request(self, question: str, options: dict[str, Any], limits: service.Limits) -> GenerationRequest:
        """Return the request, validated as by the API."""
        body = {"prompt": question} | {name: options[name] for name in PARAMETERS if options[name] is not None}
        serializer = GenerateSerializer(data=body, context={"limits": limits})
        if not serializer.is_valid():
            raise CommandError(" ".join(f"{name}: {errors[0]}" for name, errors in serializer.errors.items()))
        return serializer.generation_request(caller="")

    def _report(self, finished: Finished, model: ModelInfo) -> None:
        self.stdout.write("")
        if text := notice(model):
            self.stderr.write(text)
        tokens, decode = finished.usage.generated_tokens, finished.timings.decode
        speed = tokens_per_second((tokens, decode))
        shown = f", {speed:.1f} tokens/s" if speed and decode > MIN_DECODE else ""
        self.stderr.write(f"{tokens} tokens{shown}, seed {finished.seed}, ended by {finished.reason.value}")
