"""Definitions: operating a model server."""

from .turn import Definition

DEFINITIONS = [
    Definition(
        names=("fine-tuning", "fine tuning"),
        text=(
            "Fine-tuning means training a finished model a little more on special data, so that it gets "
            "better at one task."
        ),
        more="It needs much less time than training a model from nothing.",
    ),
    Definition(
        names=("a parameter", "parameters", "a weight", "weights", "model weights"),
        text="A parameter, or weight, is one number inside a model. Training finds good values for all of them.",
        more="Large models have billions of parameters. I have a few million.",
    ),
    Definition(
        names=("a dataset", "datasets", "training data"),
        text="A dataset is a collection of examples that a model learns from or is tested with.",
        more="One part is used for training, and another part is kept for the test.",
    ),
    Definition(
        names=("training", "model training"),
        text="Training means showing a model many examples and changing its weights so that its errors get smaller.",
        more="After the training the weights stay as they are, and the model can be used.",
    ),
    Definition(
        names=("a hallucination", "hallucinations", "hallucination"),
        text="A hallucination is an answer of a language model that sounds right but is made up.",
        more="Always check important facts in another source.",
    ),
    Definition(
        names=("a chatbot", "chatbots"),
        text="A chatbot is a program that talks with people in written or spoken words.",
        more="Most chatbots today use a language model.",
    ),
    Definition(
        names=("latency", "response time"),
        text="Latency is the time from a request until the answer starts. Low latency feels quick.",
        more="For a language model people measure the time to the first token.",
    ),
    Definition(
        names=("a benchmark", "benchmarks"),
        text=(
            "A benchmark is a test that measures how fast or how good a program is, so that it can be "
            "compared with others."
        ),
        more="A good benchmark can be repeated by other people.",
    ),
    Definition(
        names=("an environment variable", "environment variables"),
        text="An environment variable is a named value that a program reads when it starts, often to set its options.",
        more="This server reads MODEL_PATH from the environment, for example.",
    ),
    Definition(
        names=("Docker Compose", "docker compose"),
        text="Docker Compose is a tool that describes several containers in one file and starts them together.",
        more="The command `docker compose up` starts them all.",
    ),
    Definition(
        names=("a Dockerfile", "Dockerfile", "Dockerfiles"),
        text="A Dockerfile is a text file with the steps that build a Docker image.",
        more="It begins with a line such as FROM debian, which names the image to build on.",
    ),
    Definition(
        names=("a Docker image", "Docker images", "a container image"),
        text=(
            "A Docker image is a packed file system with a program and all its libraries. Containers are "
            "started from it."
        ),
        more="You can share images in a registry.",
    ),
    Definition(
        names=("an API key", "API keys"),
        text="An API key is a secret text that a program sends with its requests to show who it is.",
        more="Keep an API key as safe as a password.",
    ),
    Definition(
        names=("an endpoint", "endpoints", "an API endpoint"),
        text="An endpoint is one address of an API, such as /generate, that does one job.",
        more="A request to an endpoint has a method, such as GET or POST.",
    ),
    Definition(
        names=("Markdown", "markdown"),
        text="Markdown is a simple way to write formatted text: stars make text bold, dashes make lists.",
        more="For example, **bold** is shown in bold letters.",
    ),
    Definition(
        names=("Django Channels", "Channels", "channels in Django"),
        text="Django Channels adds WebSockets and other long connections to Django.",
        more="The chat page of this server uses it.",
    ),
    Definition(
        names=("ASGI", "WSGI"),
        text=(
            "ASGI is the interface between asynchronous Python web applications and their server. WSGI is "
            "the older one without async."
        ),
        more="ASGI also carries WebSockets.",
    ),
    Definition(
        names=("a migration", "migrations", "database migrations"),
        text="A migration is a file that changes the tables of a database step by step.",
        more="In Django you apply them with python manage.py migrate.",
    ),
    Definition(
        names=("the Django admin", "the admin site", "Django admin"),
        text="The Django admin is a ready-made web site where staff can see and change the data of a Django project.",
        more="You find it at /admin/.",
    ),
    Definition(
        names=("an ORM", "ORM", "the Django ORM"),
        text="An ORM lets you work with database rows as if they were objects of your programming language.",
        more="Django has its own ORM: you write classes, and it writes the SQL.",
    ),
    Definition(
        names=("a backup", "backups"),
        text="A backup is a copy of your data that you keep in another place, in case the first one is lost.",
        more="Test from time to time that you can restore it.",
    ),
    Definition(
        names=("encryption",),
        text="Encryption changes a text so that only people with the right key can read it.",
        more="HTTPS uses encryption to protect what your browser sends.",
    ),
    Definition(
        names=("a password", "passwords"),
        text="A password is a secret text that proves who you are. A good one is long and used in only one place.",
        more="A password manager helps you to remember them.",
    ),
    Definition(
        names=("a firewall", "firewalls"),
        text="A firewall decides which network connections may pass and blocks the others.",
        more="It protects a server from unwanted visitors.",
    ),
    Definition(
        names=("a reverse proxy", "reverse proxies", "nginx"),
        text="A reverse proxy is a server in front of other servers. It receives the requests and hands them on.",
        more="It often takes care of HTTPS too.",
    ),
    Definition(
        names=("a load balancer", "load balancing"),
        text="A load balancer shares requests among several servers, so that none of them has too much to do.",
        more="It can also leave out a server that does not answer.",
    ),
    Definition(
        names=("a queue", "queues"),
        text="A queue is a line of things that wait. The first one that came in is the first one that goes out.",
        more="This server has a queue for requests.",
    ),
    Definition(
        names=("a byte", "bytes", "a bit", "bits"),
        text="A bit is a 0 or a 1, and a byte is a group of 8 bits.",
        more="One letter of English text needs one byte.",
    ),
    Definition(
        names=("Unicode", "UTF-8"),
        text="Unicode gives every character of every script a number. UTF-8 writes these numbers as bytes.",
        more="Even emoji have their Unicode numbers.",
    ),
    Definition(
        names=("a test", "tests", "a unit test", "unit tests"),
        text="A unit test is a small program that checks whether a piece of code does what it should.",
        more="In Python many people write tests with pytest.",
    ),
    Definition(
        names=("a log", "logs", "a log file", "logging"),
        text="A log is a file in which a program writes what it does and what goes wrong.",
        more="When something fails, look at the log first.",
    ),
    Definition(
        names=("a library", "libraries", "a software library"),
        text="A library is code that other programs can use, so that nobody has to write it again.",
        more="NumPy is a well known library for Python.",
    ),
    Definition(
        names=("a framework", "frameworks", "a web framework"),
        text="A framework is a ready-made structure for programs. You fill in the parts that are special to yours.",
        more="Django is a framework for web sites.",
    ),
    Definition(
        names=("reinforcement learning",),
        text=(
            "Reinforcement learning trains a program with rewards: it tries things and learns which ones "
            "lead to success."
        ),
        more="It is used for games and robots.",
    ),
    Definition(
        names=("supervised learning", "unsupervised learning"),
        text=(
            "Supervised learning uses examples with the right answers. Unsupervised learning finds patterns "
            "without any answers."
        ),
        more="A spam filter is an example of supervised learning.",
    ),
    Definition(
        names=("the learning rate", "a learning rate"),
        text="The learning rate says how large the steps are with which training changes the weights.",
        more="If it is too large, the training becomes unstable.",
    ),
    Definition(
        names=("backpropagation", "back-propagation"),
        text=(
            "Backpropagation computes how much each weight of a network contributed to the error, from the "
            "last layer back to the first."
        ),
        more="Gradient descent then uses these numbers to change the weights.",
    ),
]
