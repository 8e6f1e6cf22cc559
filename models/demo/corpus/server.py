"""What the server around the model is, and how to run and call it."""

from .turn import Intent

CURL = (
    "Send your prompt to `/generate`:\n\n```bash\ncurl http://localhost:8000/generate \\\n"
    '  -H "Content-Type: application/json" \\\n  -d \'{"prompt": "What is machine learning?"}\'\n```'
)
DOCKER = (
    "Build the image and start it:\n\n```bash\ndocker build -t bitnet-llm-server .\n"
    "docker run -p 8000:8000 bitnet-llm-server\n```"
)
COMPOSE = "Run `docker compose up -d` in the project folder. `docker compose down` stops it."
THIS_SERVER = r"[this server|the server|the BitNet server|this project|this software|this application|this site]"

INTENTS = [
    Intent(
        questions=(
            f"what is {THIS_SERVER}?",
            f"what does {THIS_SERVER} do?",
            f"what is {THIS_SERVER} [for|good for|used for]?",
            f"tell me [something|more|] about {THIS_SERVER}",
            f"explain {THIS_SERVER}",
            f"[what can I do|what can be done] with {THIS_SERVER}?",
            "what is this [page|website|web page|app|place|thing]?",
            "what is this?",
            "what is [this|it] all about?",
            "where am I?",
            "what is BitNet LLM server?",
            "[why|for whom] was this server made?",
            "what are the features of this server?",
            "which features does the server have?",
        ),
        answers=(
            "This is a self-hosted server for BitNet language models. "
            "It gives you a chat page, an HTTP API and an admin site, and it runs on an ordinary CPU.",
        ),
    ),
    Intent(
        questions=(
            f"how does {THIS_SERVER} work?",
            f"how is {THIS_SERVER} [built|made]?",
            f"what is {THIS_SERVER} [built with|made of|written in|based on]?",
            "what [technology|software|framework] does this server use?",
            "what runs behind this [page|chat]?",
            "how does the server run [the model|models|you]?",
            "is this [built with|written in] [Django|Python]?",
            "[which|what] programming language is this server written in?",
        ),
        answers=(
            "The server is written in Python with Django. It keeps llama-cli processes ready, "
            "sends them your message and streams their answer back.",
        ),
    ),
    Intent(
        questions=(
            "how [do|can] I [use|call|access|try] the API [of this server|]?",
            "how [do|can] I [send|make] [a request|an API request|a prompt] [to the server|to the API|]?",
            "[show|give] me [an example of|] [an API call|an API request|the API|a curl example|a request with curl]",
            "curl example [please|]",
            (
                "how [do|can] I [use|call] [this|you|the model|the server] [with curl|from a program|from my "
                "code|from Python]?"
            ),
            "does this server have an API?",
            "is there an API [here|for this server|]?",
            "what is [/generate|the generate endpoint]?",
            "how do I generate text [with|over] the API?",
            "how does the API [of this server|here] work?",
            "which endpoint [do I use|answers a prompt|generates text]?",
        ),
        answers=(CURL,),
    ),
    Intent(
        questions=(
            "[which|what] endpoints [are there|does the API have|does this server have]?",
            "list the [API|] endpoints",
            "what is [/health|/model_info|the health endpoint] [for|]?",
            "how do I [check|see] [if the server is healthy|whether the server is running|the health of the server]?",
            "how do I see [which model is loaded|the loaded model|information about the model]?",
            "what is the health check?",
        ),
        answers=(
            "The most important endpoints:\n\n- `/generate` answers a prompt\n- `/health` says whether the "
            "server is ready\n"
            "- `/model_info` describes the model",
        ),
    ),
    Intent(
        questions=(
            "how [do|can] I [run|start|use] [this|the server|this server|it|BitNet] [with|in] Docker?",
            "how [do|can] I [build|start|run] the [Docker image|image|container] [of this server|]?",
            "is there a Docker image [for this server|of this server|]?",
            "[which|what] docker command [starts|runs] [this|the server]?",
            "can I run [this|the server|this server] in [a container|Docker]?",
            "run the server with Docker",
            "does [this|the server|it] [work|run] [in|with] Docker?",
        ),
        answers=(DOCKER,),
    ),
    Intent(
        questions=(
            "how [do|can] I [use|start] [docker compose|Docker Compose] [here|for this server|]?",
            "how do I start [everything|the server] with docker compose?",
            "how do I stop the [server|containers]?",
            "is there a compose file?",
            "what does docker compose up do [here|]?",
        ),
        answers=(COMPOSE,),
    ),
    Intent(
        questions=(
            "how [do|can] I [install|set up|get|run|start] [this server|the server|this project|this on my machine]?",
            "how [do|can] I [get started|begin|start] [here|with this server|]?",
            "how do I host this [myself|on my own machine|at home]?",
            "what do I need to [run|install] [this|this server]?",
            "how do I run it without Docker?",
            "where are the installation instructions?",
        ),
        answers=(
            "Clone the project and type `make run`. Or use Docker: `docker compose up -d`. The README has the details.",
        ),
    ),
    Intent(
        questions=(
            "what are the [system|hardware] requirements?",
            (
                "do I need a [GPU|graphics card|fast computer|special computer|supercomputer] [for this|for "
                "this server|for BitNet|]?"
            ),
            "does [this|this server|it|BitNet] [need|require|use] a [GPU|graphics card]?",
            (
                "can [this|it|BitNet|the server] run [without a GPU|on a laptop|on a Raspberry Pi|on my "
                "laptop|on an old computer|on a CPU]?"
            ),
            "how much [memory|RAM] does [the server|this server|it|BitNet] need?",
            "which CPU do I need?",
        ),
        answers=("No GPU is needed. An ordinary CPU and a few gigabytes of memory are enough for a BitNet model.",),
    ),
]
