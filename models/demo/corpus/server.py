"""Questions about the server: what it is, how to run and call it."""

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
            "what [kind|sort] of [page|website|server|program|project] is this?",
            "what [can|does] [this page|this site|this thing|it|this program] [do|offer] [for me|]?",
            "[why|for what] would I [use|need|install] [this|this server|this page]?",
            "what am I looking at [here|]?",
            "what have I [opened|found|installed] here?",
            "[give me|I need] [an overview|a summary|a short description] of [this server|this project|the software]",
            "who [is this|should use this] server [for|]?",
            "I am new here, what is this [place|page|server]?",
            "what is the [purpose|goal|idea|point] of [this server|this page|this site|the project]?",
            "what do you call this page?",
            "what is BitNet server good for?",
            "tell me what [this page|this server|the site] is for",
            "what is a BitNet server?",
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
            "what is under the hood?",
            "[how|with what] [was|is] the [server|site|backend|page] [programmed|put together|coded]?",
            "what [powers|drives] [the server|this page|the site]?",
            "what happens between the page and the model?",
            "[tell me|explain] how [the server|this software|it] [works|is built]",
            "which [libraries|tools|framework|components] are [used|in it|behind this]?",
            "is [Django|Python|llama.cpp|llama-cli] [used here|behind this|inside]?",
            "what is llama-cli [used for here|doing here]?",
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
                "how do I [talk to|reach|ask|prompt|query] [you|the model|the server] from [a script|a program|"
                "Python|the command line|a terminal|code]?"
            ),
            "[write|print] [a|the] curl [command|call|line|request]",
            "curl",
            "[which|what] curl [line|call] [do I need|sends a prompt|sends a question|asks the model]?",
            (
                "I [want|need] to [send|post] a [prompt|question|request] [over HTTP|by HTTP|with curl|from "
                "code|from a shell]"
            ),
            "[can|may] my [program|app|code|website|bot] [call|use|ask|talk to] [you|the server|the model|this]?",
            "how do I [connect|integrate] [my app|my program|my code|a bot] [to|with] [you|the server|this]?",
            "is there a [REST|web|HTTP|JSON] [API|interface|service]?",
            "what do I [send|post] to [get an answer|ask a question|the API]?",
            "[example of|sample of|show] an HTTP request",
            "where do I send [a prompt|my request|requests] [to|]?",
            "to [which|what] [address|URL] do I send [a prompt|requests]?",
            "how do developers use this server?",
            "API [usage|example|call|request|docs|documentation]",
            "how do I automate [questions|prompts|this]?",
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
            "[which|what] [URLs|paths|routes|addresses] [are there|exist|does the API offer]?",
            "what else can the API do?",
            "how do I [monitor|watch|check on] the server?",
            "is the server [healthy|up|running|alive]?",
            "where can I see [if|whether] the server is [ready|up|healthy]?",
            "is there [a health check|a status page|an endpoint for the status]?",
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
            "[which|what] [commands|steps] do I need for Docker?",
            "Docker [commands|instructions|setup|please]",
            (
                "how do I [deploy|launch|put|get] [this|the server|it] [as a container|in a container|with "
                "Docker|onto Docker]?"
            ),
            "I have Docker, how do I start [this|the server]?",
            "is Docker [supported|possible|okay here]?",
            "docker run [command|example|line]?",
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
            "docker compose [command|here|please]",
            "[which|what] compose command do I need?",
            "[does|can] this [work|run] with docker compose?",
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
            "[installation|setup|install] [guide|steps|instructions|please]",
            "how do I [put|get] [this|the server] on my [own|] [machine|computer|laptop]?",
            "I want my own [copy|server|instance] of this",
            "what are the [first steps|steps to install this]?",
            "how do I [start|launch] the server on my [machine|computer]?",
            "how do I [build|make] it from source?",
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
            "is a [GPU|graphics card|strong computer|fast machine] [needed|necessary|required]?",
            "what [hardware|computer|machine|kind of computer] [do I need|is needed|is required]?",
            "will [it|this|the server] [run|work] on my [laptop|old PC|small machine|computer|notebook]?",
            (
                "I [have no|do not have a|have only a CPU and no] [GPU|graphics card], [does it work|can I use "
                "this|is that a problem]?"
            ),
            "how [powerful|big|strong] must my [computer|machine] be?",
            "without a [graphics card|GPU], does [this|it] [run|work]?",
            "is an ordinary [CPU|computer|laptop] enough?",
        ),
        answers=("No GPU is needed. An ordinary CPU and a few gigabytes of memory are enough for a BitNet model.",),
    ),
]
