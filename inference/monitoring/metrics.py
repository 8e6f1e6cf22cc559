"""The metrics at `/metrics`, with the names and units of other servers of language models.

Counters and histograms are updated at the end of each generation, from its outcome. The state of the engine is read at
each scrape. No label names a user, a key or a text. `docs/operations.md` has the table.
"""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bitnetsite.http.access_log import open_connections
from inference.engine import EngineStatus, FinishReason, ModelInfo, ModelState
from inference.engine.status import MachineStatus
from inference.history.writer import history
from inference.serving import service
from inference.serving.callers import Source
from inference.serving.outcome import Outcome
from inference.serving.supervisor import STATUSES

PREFIX: Final = "bitnet"
# Seconds. On a CPU, a first token takes from milliseconds to minutes.
WAITS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320)
PER_TOKEN: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5)
TOKENS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000)

MACHINE_METRICS: Final[tuple[tuple[str, str, Callable[[MachineStatus], float | None]], ...]] = (
    ("up", "1 if the engine node answers and gets requests.", lambda each: float(not each.failure and not each.held)),
    ("latency_seconds", "Time that its last status took.", lambda each: each.latency),
    ("requests_running", "Generations that have a place on it.", lambda each: each.answering),
    ("requests_waiting", "Generations in its queue.", lambda each: each.waiting),
    ("places", "Its maximum concurrent generations.", lambda each: each.places),
    ("cores", "Its processor cores.", lambda each: each.cores),
    ("free_memory_bytes", "Memory of its machine that is free.", lambda each: each.free_memory),
    ("process_crashes", "Its processes that ended unexpectedly, since its start.", lambda each: each.crashes),
)

disable_created_metrics()  # type: ignore[no-untyped-call]  # the time of birth of every line of the exposition would double it
registry = CollectorRegistry()


def _counter(name: str, help_text: str, *labels: str) -> Counter:
    return Counter(name, help_text, labels, namespace=PREFIX, registry=registry)


def _histogram(name: str, help_text: str, buckets: Iterable[float]) -> Histogram:
    return Histogram(name, help_text, ("model",), namespace=PREFIX, registry=registry, buckets=tuple(buckets))


requests = _counter("requests", "Finished generations, by source, reason and model.", "source", "reason", "model")
errors = _counter("request_errors", "Generations that ended in an error, by its code and model.", "code", "model")
prompt_tokens = _counter("prompt_tokens", "Tokens of prompts, reused ones included.", "model")
reused_tokens = _counter("prompt_tokens_reused", "Tokens of prompts that a process already held.", "model")
generation_tokens = _counter("generation_tokens", "Tokens generated.", "model")
node_requests = _counter("node_requests", "Generations that an engine node began, by how they ended.", "node", "reason")
time_to_first_token = _histogram(
    "time_to_first_token_seconds", "From the request to the first text, waiting included.", WAITS
)
time_per_output_token = _histogram(
    "time_per_output_token_seconds", "Mean time of a token after the first, by generation.", PER_TOKEN
)
latency = _histogram("e2e_request_latency_seconds", "From the request to the end of its answer.", WAITS)
queue_time = _histogram("request_queue_time_seconds", "Until a place was free.", WAITS)
prefill_time = _histogram("request_prefill_time_seconds", "Launch, where one was needed, and prompt evaluation.", WAITS)
decode_time = _histogram("request_decode_time_seconds", "From the first token to the end.", WAITS)
request_prompt_tokens = _histogram("request_prompt_tokens", "Tokens of a prompt.", TOKENS)
request_generation_tokens = _histogram("request_generation_tokens", "Tokens of an answer.", TOKENS)


def count(outcome: Outcome) -> None:
    """Count a finished generation. Its model is one that is served, or none: clients cannot add to the labels."""
    model = outcome.model
    requests.labels(outcome.caller.source, outcome.reason.value, model).inc()
    latency.labels(model).observe(outcome.seconds)
    if outcome.node:
        node_requests.labels(outcome.node, outcome.reason.value).inc()
    if outcome.error_code:
        errors.labels(outcome.error_code, model).inc()
    if outcome.queue is not None:
        queue_time.labels(model).observe(outcome.queue)
    if outcome.prompt_tokens is not None:
        prompt_tokens.labels(model).inc(outcome.prompt_tokens)
        reused_tokens.labels(model).inc(outcome.reused_tokens or 0)
        request_prompt_tokens.labels(model).observe(outcome.prompt_tokens)
    if outcome.generated_tokens is not None:
        generation_tokens.labels(model).inc(outcome.generated_tokens)
        request_generation_tokens.labels(model).observe(outcome.generated_tokens)
    if outcome.first_text is not None:
        time_to_first_token.labels(model).observe(outcome.first_text)
    if outcome.prompt is not None:
        prefill_time.labels(model).observe(outcome.prompt)
    if outcome.decode is not None and outcome.generated_tokens:
        decode_time.labels(model).observe(outcome.decode)
    if speed := outcome.tokens_per_second:
        time_per_output_token.labels(model).observe(1 / speed)


def _begin_at_zero() -> None:
    """Create the series of every served model, so that its first request is seen as an increase."""
    engine = service.running_engine()
    for model in engine.models if engine else ():
        for source in get_args(Source):
            for ended in FinishReason:
                requests.labels(source, ended.value, model.id)
        for counter in (prompt_tokens, reused_tokens, generation_tokens):
            counter.labels(model.id)


class _Now(Collector):
    """The metrics that are read at each scrape."""

    def collect(self) -> Iterator[Metric]:
        current = service.health().status
        health = _gauge("health", "1 for the status that /health reports, 0 for the others.", "status")
        for each in STATUSES:
            health.add_metric([each], float(each == current))
        yield health
        yield _counted("history_written", "History entries written.", history.written)
        yield _counted(
            "history_dropped", "History entries lost because the database did not accept them.", history.dropped
        )
        yield _value("history_waiting", "History entries waiting to be written.", history.waiting)
        connections = _gauge("open_connections", "HTTP requests being answered, and open websockets.", "kind")
        for kind, number in open_connections.items():
            connections.add_metric([kind], number)
        yield connections
        if (engine := service.running_engine()) is None:
            return
        status = engine.status()
        yield from _of_models(engine.models, status)
        serving = sum(process.role == "serving" for process in status.workers)
        yield _value("num_requests_running", "Generations that have a place.", serving)
        yield _value("num_requests_waiting", "Generations in the queue.", len(status.queue))
        waited = max((waiting.waited_seconds for waiting in status.queue), default=0.0)
        yield _value("queue_longest_wait_seconds", "Longest wait in the queue so far.", waited)
        yield _value("paused", "1 while the engine is paused.", float(status.paused))
        yield _value("places", "Maximum concurrent generations.", status.places)
        yield _value("cores", "Available processor cores.", status.cores)
        yield _value("cores_leased", "Cores that a process is using.", sum(len(each.cores) for each in status.leases))
        launches = _counts("process_launches", "Launches of processes, by purpose.", "role")
        for role, number in status.launches.items():
            launches.add_metric([role], number)
        yield launches
        crashes = _counts("process_crashes", "Processes that ended unexpectedly, by occasion.", "over")
        crashes.add_metric(["request"], status.crashes_during_requests)
        crashes.add_metric(["nothing"], status.crashes)
        yield crashes
        processes = _gauge("processes", "llama-cli processes, by role, state and model.", "role", "state", "model")
        for labels, number in Count((each.role, each.state, each.model) for each in status.workers).items():
            processes.add_metric(labels, number)
        yield processes
        yield from of_machines(status.machines)
        context = service.limits_of(engine).context_size
        yield _value("context_size_tokens", "Default context size of the default model, in tokens.", context)


def _of_models(models: Sequence[ModelInfo], status: EngineStatus) -> Iterator[Metric]:
    info = InfoMetricFamily(f"{PREFIX}_model", "The models that are served.")
    loaded = _gauge("model_loaded", "1 if the model is in memory.", "model")
    memory = _gauge("processes_private_memory_bytes", "Memory of the processes, without the shared weights.", "model")
    for model in models:
        described = {"model": model.id, "name": model.name, "file": model.file, "quantization": model.quantization}
        info.add_metric([], described)
        loaded.add_metric([model.id], float(model.state is ModelState.LOADED))
        used = sum(each.private_memory for each in status.workers if each.model == model.id)
        memory.add_metric([model.id], used)
    yield from (info, loaded, memory)


def of_machines(machines: Sequence[MachineStatus]) -> Iterator[Metric]:
    """Return the metrics of the engine's machines, by name."""
    for name, help_text, value in MACHINE_METRICS:
        metric = _gauge(f"node_{name}", help_text, "node")
        for machine in machines:
            if (number := value(machine)) is not None:
                metric.add_metric([machine.node], number)
        yield metric


registry.register(_Now())
ProcessCollector(registry=registry)  # process_*: of the server itself, as in every Prometheus client


def exposition(accept: str) -> tuple[bytes, str]:
    """Return all metrics in the format that `accept` prefers, and its content type. Call it on the engine's loop."""
    _begin_at_zero()
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _gauge(name: str, help_text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", help_text, labels=labels)


def _value(name: str, help_text: str, value: Any) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", help_text, value)


def _counts(name: str, help_text: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"{PREFIX}_{name}", help_text, labels=labels)


def _counted(name: str, help_text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"{PREFIX}_{name}", help_text, value)
