"""The table of all environment variables, with type, default and help.

A test keeps the documented table equal to this one.
"""

from __future__ import annotations

from inference.serving.parameters import (
    DEFAULT_MAX_TOKENS,
    DEFAULT_SYSTEM_PROMPT,
    DEFAULT_TEMPERATURE,
    DEFAULT_TOP_P,
    MAX_CONTEXT_SIZE,
    MAX_COUNT,
    MAX_DAYS,
    MAX_MODELS,
    MAX_PROCESSES,
    MAX_PROMPT_CHARS,
    MAX_SYSTEM_PROMPT_CHARS,
    MAX_TEMPERATURE,
    MAX_THREADS,
    MIN_CONTEXT_SIZE,
    MIN_TOP_P,
)

from . import parsers
from .deployment import DEPLOYMENT
from .variable import Variable

__all__ = ["VARIABLES", "Variable"]


VARIABLES = {
    variable.name: variable
    for variable in (
        Variable("MODEL_PATH", parsers.path, "models/demo-bitnet.gguf", "Path of the default model, a GGUF file."),
        Variable(
            "MODELS_DIR",
            parsers.path,
            "models",
            "Folder of the models that are served, and download folder of `manage.py fetch_model`.",
        ),
        Variable(
            "OFFERED_MODELS",
            parsers.ids,
            "",
            "Ids of the models in `MODELS_DIR` that are served besides the default, separated by commas. Empty: all.",
        ),
        Variable(
            "MAX_MODELS",
            parsers.optional(parsers.integer(1, MAX_MODELS)),
            "",
            "Maximum models in memory at once. Empty: as many as the free memory allows.",
        ),
        Variable(
            "MODEL_REPO",
            str,
            "microsoft/bitnet-b1.58-2B-4T-gguf",
            "Hugging Face repository that `manage.py fetch_model` downloads from.",
        ),
        Variable("MODEL_FILE", str, "ggml-model-i2_s.gguf", "GGUF file to download from `MODEL_REPO`."),
        Variable(
            "FETCH_MODEL",
            parsers.flag,
            "false",
            "Download `MODEL_FILE` at startup if `MODEL_PATH` names it and it does not exist.",
        ),
        Variable(
            "HF_ENDPOINT",
            parsers.url,
            "https://huggingface.co",
            "Hugging Face Hub, or a mirror, to download models from.",
        ),
        Variable(
            "MAX_THREADS",
            parsers.integer(1, MAX_THREADS),
            "4",
            "Maximum threads per answer, further limited by the available cores.",
        ),
        Variable(
            "MODEL_INSTANCES",
            parsers.integer(1, MAX_PROCESSES),
            "1",
            "Answers generated concurrently; further requests wait in a fair queue.",
        ),
        Variable(
            "STANDBY_INSTANCES", parsers.integer(0, MAX_PROCESSES), "1", "Processes kept ready for new conversations."
        ),
        Variable(
            "RESIDENT_INSTANCES",
            parsers.optional(parsers.integer(0, MAX_PROCESSES)),
            "",
            "Idle processes that each hold a conversation in memory. Empty: depends on free memory, at most 8.",
        ),
        Variable("RESIDENT_IDLE", parsers.seconds, "1800", "Seconds until an idle conversation loses its process."),
        Variable(
            "CONTEXT_SIZE",
            parsers.integer(MIN_CONTEXT_SIZE, MAX_CONTEXT_SIZE),
            "2048",
            "Default context size in tokens.",
        ),
        Variable(
            "DEFAULT_SYSTEM_PROMPT",
            parsers.text(MAX_SYSTEM_PROMPT_CHARS),
            DEFAULT_SYSTEM_PROMPT,
            "Default system prompt.",
        ),
        Variable(
            "DEFAULT_TEMPERATURE",
            parsers.number(0, MAX_TEMPERATURE),
            str(DEFAULT_TEMPERATURE),
            "Default temperature.",
        ),
        Variable("DEFAULT_TOP_P", parsers.number(MIN_TOP_P, 1), str(DEFAULT_TOP_P), "Default top_p."),
        Variable(
            "DEFAULT_MAX_TOKENS",
            parsers.integer(1, MAX_CONTEXT_SIZE),
            str(DEFAULT_MAX_TOKENS),
            "Default maximum tokens per answer.",
        ),
        Variable(
            "MAX_ANSWER_TOKENS",
            parsers.optional(parsers.integer(1, MAX_CONTEXT_SIZE)),
            "",
            "Upper limit on the tokens per answer that a request may ask for. Empty: the context size.",
        ),
        Variable(
            "MAX_PROMPT_CHARS",
            parsers.integer(1, MAX_PROMPT_CHARS),
            str(MAX_PROMPT_CHARS),
            "Maximum characters of a prompt or message.",
        ),
        Variable("CHAT_TEMPLATE", str, "", "Jinja chat template to use instead of the model file's own."),
        Variable(
            "LLAMA_CLI",
            parsers.optional(parsers.path),
            "",
            "Path of llama-cli, or of a newer llama-completion. Empty: what `build_engine` built for the model's type.",
        ),
        Variable(
            "LLAMA_CLI_BITNET",
            parsers.optional(parsers.path),
            "",
            "Path of bitnet.cpp's llama-cli, for models in I2_S, TL1 and TL2. Empty: as `LLAMA_CLI`.",
        ),
        Variable(
            "LLAMA_ARGS", parsers.words, "", "Extra arguments for every llama-cli launch, split like a shell command."
        ),
        Variable(
            "MAX_QUEUE",
            parsers.integer(0, MAX_COUNT),
            "64",
            "Maximum queued requests; further ones are refused with 503.",
        ),
        Variable("QUEUE_TIMEOUT", parsers.seconds, "120", "Maximum seconds that a request may wait in the queue."),
        Variable(
            "MAX_REQUESTS_PER_CALLER",
            parsers.optional(parsers.integer(1, MAX_COUNT)),
            "",
            "Maximum queued and running requests per caller; further ones are refused with 429. Empty: no limit.",
        ),
        Variable(
            "MAX_CONNECTIONS_PER_ADDRESS",
            parsers.integer(1, 100_000),
            "100",
            "Maximum connections of one client address (IPv6: /64 network), also through trusted proxies.",
        ),
        Variable(
            "LAUNCH_TIMEOUT", parsers.seconds, "120", "Maximum seconds until a launched llama-cli process is ready."
        ),
        Variable(
            "FIRST_TOKEN_TIMEOUT", parsers.seconds, "300", "Maximum seconds from sending a prompt to the first token."
        ),
        Variable("TOKEN_TIMEOUT", parsers.seconds, "60", "Maximum seconds between two tokens."),
        Variable("DRAIN_TIMEOUT", parsers.seconds, "30", "Seconds for running answers to finish at shutdown."),
        Variable(
            "KEEP_API_TEXTS",
            parsers.flag,
            "false",
            "Store prompts and answers of API requests in the history. Otherwise only their sizes are stored.",
        ),
        Variable(
            "KEEP_CHAT_TEXTS",
            parsers.flag,
            "false",
            "The same for the chat page. Conversations themselves are always stored.",
        ),
        Variable("HISTORY_DAYS", parsers.integer(1, MAX_DAYS), "30", "Days until history entries are deleted."),
        Variable(
            "METRICS_TOKEN",
            str,
            "",
            "Bearer token for reading `/metrics` from other machines. Local requests need none.",
            secret=True,
        ),
        Variable(
            "LOG_FORMAT",
            parsers.one_of("", "json", "line"),
            "",
            "`json`: one JSON object per line; `line`: readable lines. Empty: `line` in a terminal, otherwise `json`.",
        ),
        Variable(
            "WIRE_LOG",
            parsers.flag,
            "false",
            "Log everything sent to and received from llama-cli. It shows users' texts; for debugging only.",
        ),
        Variable("PAGE_NAME", str, "BitNet", "Name of this server on the chat page."),
        Variable("PAGE_NOTE", str, "", "Note shown below the message field of the chat page."),
        Variable(
            "EXAMPLE_QUESTIONS",
            parsers.lines,
            "",
            "Example questions shown in an empty chat, at most four, separated by semicolons.",
        ),
        *DEPLOYMENT,
    )
}
