"""Definitions: computing, programming and the web."""

from .turn import Definition

DEFINITIONS = [
    Definition(
        names=("a GPU", "GPUs", "graphics card"),
        text=(
            "A GPU is a processor that does many simple calculations at the same time. It is used for "
            "graphics and for neural networks."
        ),
        more="BitNet models are interesting because they run well even without a GPU.",
    ),
    Definition(
        names=("a CPU", "CPUs", "processor"),
        text="A CPU is the main processor of a computer. It runs the instructions of programs.",
        more="Modern CPUs have several cores, so they can do several things at once.",
    ),
    Definition(
        names=("RAM", "computer memory", "memory"),
        text="RAM is the fast working memory of a computer. Its content is lost when the power is turned off.",
        more="A BitNet model needs much less RAM than a normal model of the same size.",
    ),
    Definition(
        names=("Docker", "docker"),
        text=(
            "Docker is a tool that packs a program with everything it needs into a container, so that it "
            "runs the same way everywhere."
        ),
        more="You describe the container in a file called Dockerfile.",
    ),
    Definition(
        names=("a container", "containers", "a Docker container"),
        text=(
            "A container is an isolated environment in which a program runs with its own files and "
            "libraries. It is lighter than a virtual machine."
        ),
        more="Docker is the best known tool for containers.",
    ),
    Definition(
        names=("a virtual machine", "virtual machines", "a VM"),
        text="A virtual machine is a computer simulated by software. It has its own operating system.",
        more="Virtual machines are heavier than containers but better isolated.",
    ),
    Definition(
        names=("Kubernetes", "kubernetes"),
        text="Kubernetes is a system that runs and manages many containers on many machines.",
        more="It restarts containers that fail and adds more of them when there is more load.",
    ),
    Definition(
        names=("Django", "django"),
        text=(
            "Django is a web framework for Python. It comes with a database layer, an admin site, forms and "
            "user accounts."
        ),
        more="It follows the idea of batteries included, so you can build a complete site quickly.",
    ),
    Definition(
        names=("Flask", "flask"),
        text="Flask is a small web framework for Python. It gives you routes and templates and leaves the rest to you.",
        more="It is a good choice for small services.",
    ),
    Definition(
        names=("FastAPI", "fastapi"),
        text=(
            "FastAPI is a Python framework for building APIs. It checks the data with type hints and writes "
            "the documentation for you."
        ),
        more="It supports async code, so it can serve many requests at once.",
    ),
    Definition(
        names=("an API", "APIs", "API"),
        text="An API is a set of rules that lets one program talk to another program.",
        more="A web API, for example, answers HTTP requests with JSON data.",
    ),
    Definition(
        names=("a REST API", "REST"),
        text="A REST API is a web API that works with resources and the HTTP methods GET, POST, PUT and DELETE.",
        more="It usually sends and receives JSON.",
    ),
    Definition(
        names=("HTTP", "the HTTP protocol"),
        text=(
            "HTTP is the protocol that browsers and web servers use to talk. The browser sends a request "
            "and the server sends a response."
        ),
        more="HTTPS is the same protocol with encryption.",
    ),
    Definition(
        names=("HTTPS", "TLS"),
        text="HTTPS is HTTP with encryption. It protects the data between your browser and the server.",
        more="You can see it by the small lock in the browser.",
    ),
    Definition(
        names=("JSON", "json"),
        text="JSON is a simple text format for data. It uses objects with keys and values, lists, strings and numbers.",
        more='Here is an example: {"name": "Ada", "age": 36}',
    ),
    Definition(
        names=("HTML", "html"),
        text=(
            "HTML is the language that describes the structure of web pages, with tags for headings, "
            "paragraphs, links and images."
        ),
        more="CSS adds the style and JavaScript adds the behaviour.",
    ),
    Definition(
        names=("CSS", "css"),
        text="CSS is the language that describes how a web page looks: colours, fonts, spacing and layout.",
        more="It is used together with HTML.",
    ),
    Definition(
        names=("JavaScript", "javascript"),
        text="JavaScript is the programming language of the web. It runs in every browser and makes pages interactive.",
        more="With Node.js it also runs on servers.",
    ),
    Definition(
        names=("Python", "python", "the Python language"),
        text=(
            "Python is a popular programming language that is easy to read. It is used for web sites, data "
            "and machine learning."
        ),
        more="It was created by Guido van Rossum.",
    ),
    Definition(
        names=("Rust", "rust", "the Rust language"),
        text="Rust is a programming language that is fast and prevents many memory errors.",
        more="It is often used for system software.",
    ),
    Definition(
        names=("C++", "the C++ language"),
        text="C++ is a fast programming language used for games, browsers and programs such as llama.cpp.",
        more="It gives the programmer control over memory.",
    ),
    Definition(
        names=("an algorithm", "algorithms"),
        text="An algorithm is a list of clear steps that solves a problem.",
        more="A cooking recipe is a good everyday example of an algorithm.",
    ),
    Definition(
        names=("a database", "databases"),
        text=(
            "A database is a program that stores data in an organised way so that it can be found and changed quickly."
        ),
        more="PostgreSQL and SQLite are two well known databases.",
    ),
    Definition(
        names=("SQL", "sql"),
        text="SQL is a language for asking questions to a database.",
        more="For example: SELECT name FROM users WHERE age > 30;",
    ),
    Definition(
        names=("PostgreSQL", "postgres", "Postgres"),
        text="PostgreSQL is a powerful open source database. It stores data in tables and is queried with SQL.",
        more="Many Django sites use it.",
    ),
    Definition(
        names=("SQLite", "sqlite"),
        text="SQLite is a small database that keeps everything in one file. It needs no server.",
        more="It is built into Python.",
    ),
    Definition(
        names=("Redis", "redis"),
        text="Redis is a very fast store that keeps data in memory. It is often used as a cache.",
        more="It can also be used as a queue.",
    ),
    Definition(
        names=("a cache", "caching"),
        text="A cache keeps results that were computed before, so that they can be returned quickly the next time.",
        more="Browsers use a cache to load pages faster.",
    ),
    Definition(
        names=("Git", "git"),
        text=(
            "Git is a version control system. It records every change of your files, so that you can go "
            "back and work with others."
        ),
        more="The most used commands are git add, git commit and git push.",
    ),
    Definition(
        names=("GitHub", "github"),
        text="GitHub is a web site where people store Git repositories and work on software together.",
        more="You can suggest a change with a pull request.",
    ),
    Definition(
        names=("Linux", "linux"),
        text="Linux is a free operating system. It runs on servers, phones and many other devices.",
        more="It was started by Linus Torvalds in 1991.",
    ),
    Definition(
        names=("an operating system", "operating systems", "an OS"),
        text="An operating system is the software that manages the hardware and runs the other programs.",
        more="Linux, Windows and macOS are operating systems.",
    ),
    Definition(
        names=("open source", "open source software"),
        text="Open source means that everybody can read, use and change the source code of a program.",
        more="Linux and Python are well known examples.",
    ),
    Definition(
        names=("a server", "servers", "a web server"),
        text="A server is a program or a computer that answers requests from other programs.",
        more="For example, a web server sends pages to your browser.",
    ),
    Definition(
        names=("a web browser", "a browser", "browsers"),
        text="A web browser is a program that shows web pages, such as Firefox or Chrome.",
        more="It talks to servers with HTTP.",
    ),
    Definition(
        names=("the internet", "internet"),
        text="The internet is a worldwide network that connects billions of computers.",
        more="The web and email are two services that use it.",
    ),
    Definition(
        names=("the cloud", "cloud computing"),
        text="The cloud means computers in large data centres that you can rent over the internet.",
        more="You pay only for what you use.",
    ),
    Definition(
        names=("a variable", "variables"),
        text="A variable is a name for a value in a program. For example, in x = 5 the variable x holds the value 5.",
        more="The value can change while the program runs.",
    ),
    Definition(
        names=("a function", "functions"),
        text="A function is a named piece of code that takes inputs and can return a result.",
        more="In Python you write a function with the word def.",
    ),
    Definition(
        names=("a loop", "loops", "a for loop"),
        text="A loop repeats a piece of code several times.",
        more="In Python: for i in range(3): print(i)",
    ),
    Definition(
        names=("a bug", "software bug", "bugs"),
        text="A bug is a mistake in a program that makes it behave in the wrong way.",
        more="Finding and fixing bugs is called debugging.",
    ),
    Definition(
        names=("a compiler", "compilers"),
        text="A compiler translates source code into machine code that the processor can run.",
        more="GCC and Clang are two well known compilers.",
    ),
    Definition(
        names=("recursion",),
        text="Recursion means that a function calls itself to solve a smaller part of the same problem.",
        more="To understand recursion, you must first understand recursion.",
    ),
    Definition(
        names=("a process", "processes"),
        text="A process is a program that is running on a computer. Each process has its own memory.",
        more="This server runs one llama-cli process for each chat.",
    ),
    Definition(
        names=("a thread", "threads"),
        text="A thread is a line of work inside a process. Several threads share the same memory.",
        more="With more threads a model can use more CPU cores.",
    ),
    Definition(
        names=("a WebSocket", "WebSockets", "websockets"),
        text=(
            "A WebSocket is a connection between browser and server that stays open, so both sides can send "
            "messages at any time."
        ),
        more="It is often used for chats.",
    ),
    Definition(
        names=("streaming", "token streaming"),
        text="Streaming means that the answer is sent piece by piece while it is being written.",
        more="That is why you see my words appear one after another.",
    ),
]
