"""Definitions: machine learning and language models."""

from .turn import Definition

DEFINITIONS = [
    Definition(
        names=("machine learning", "ML"),
        text=(
            "Machine learning is a way to make computers learn patterns from examples instead of following "
            "hand-written rules."
        ),
        more="For example, a spam filter learns from many emails which words are typical of spam.",
    ),
    Definition(
        names=("deep learning",),
        text=(
            "Deep learning is machine learning with neural networks that have many layers. Each layer "
            "learns a more abstract view of the data."
        ),
        more="Deep learning is used for speech, images, translation and chat models.",
    ),
    Definition(
        names=("artificial intelligence", "AI"),
        text=(
            "Artificial intelligence is the field of building programs that do tasks which normally need "
            "human thinking, such as understanding language."
        ),
        more="Machine learning is the most common way to build artificial intelligence today.",
    ),
    Definition(
        names=("a neural network", "neural networks", "a neural net"),
        text=(
            "A neural network is a program made of layers of simple units called neurons. Each connection "
            "has a weight that is learned from data."
        ),
        more="During training the weights are changed a little at a time so that the error gets smaller.",
    ),
    Definition(
        names=("BitNet", "bitnet", "BitNet b1.58", "a BitNet model"),
        text=(
            "BitNet b1.58 is a kind of language model whose weights are only -1, 0 or +1. That makes it "
            "small and fast, even on a normal CPU."
        ),
        more="Three possible values need about 1.58 bits per weight, which is where the name b1.58 comes from.",
    ),
    Definition(
        names=("a language model", "a large language model", "an LLM", "LLM", "language models"),
        text=(
            "A language model is a program that predicts the next piece of text. By doing this again and "
            "again it can write answers."
        ),
        more="Large language models are trained on huge amounts of text. I am a very small one.",
    ),
    Definition(
        names=("a transformer", "the transformer architecture", "transformers"),
        text=(
            "A transformer is a neural network that uses attention to decide which earlier words matter for "
            "the next word."
        ),
        more="Most modern language models, including BitNet models, are transformers.",
    ),
    Definition(
        names=("attention", "the attention mechanism", "self-attention"),
        text=(
            "Attention lets a model look back at earlier tokens and weigh how important each of them is for "
            "the current token."
        ),
        more="Each attention head can learn to look for a different kind of relation.",
    ),
    Definition(
        names=("a token", "tokens", "tokenization"),
        text=(
            "A token is a small piece of text, such as a word or a part of a word. Language models read and "
            "write tokens."
        ),
        more="The number of tokens per second is a common measure of how fast a model writes.",
    ),
    Definition(
        names=("a tokenizer", "tokenizers"),
        text="A tokenizer splits text into tokens and turns each token into a number that the model can read.",
        more="My own tokenizer knows about two thousand tokens.",
    ),
    Definition(
        names=("quantization", "model quantization"),
        text=(
            "Quantization stores the numbers of a model with fewer bits. The model gets smaller and faster, "
            "and loses only a little accuracy."
        ),
        more="BitNet goes very far with this: every weight has only three possible values.",
    ),
    Definition(
        names=("an embedding", "embeddings"),
        text=(
            "An embedding is a list of numbers that represents the meaning of a word or a text. Similar "
            "texts get similar embeddings."
        ),
        more="Embeddings are often used for search.",
    ),
    Definition(
        names=("gradient descent",),
        text=(
            "Gradient descent is a training method. It changes each weight a small step in the direction "
            "that makes the error smaller."
        ),
        more="The size of the step is called the learning rate.",
    ),
    Definition(
        names=("overfitting",),
        text="Overfitting means that a model learns its training examples by heart and then does badly on new ones.",
        more="More data, or a smaller model, can help against overfitting.",
    ),
    Definition(
        names=("temperature", "sampling temperature", "the temperature setting"),
        text=(
            "Temperature controls how random the answers are. A low temperature gives safe answers, a high "
            "temperature gives more varied ones."
        ),
        more="With a temperature of 0 the model always picks the most likely token.",
    ),
    Definition(
        names=("a prompt", "prompts"),
        text="A prompt is the text that you give to a language model. A clear prompt usually leads to a better answer.",
        more="Try to say what you want, how long it should be and in which style.",
    ),
    Definition(
        names=("a system prompt", "system prompts", "the system prompt"),
        text="A system prompt is a text at the start of a chat that tells the model how to behave.",
        more="For example, it can say that the assistant should answer briefly.",
    ),
    Definition(
        names=("a context window", "the context window", "context length"),
        text="The context window is the amount of text, counted in tokens, that a model can look at in one go.",
        more="When a chat gets longer than the context window, the oldest messages must be dropped.",
    ),
    Definition(
        names=("inference", "model inference"),
        text="Inference means running a trained model to get an answer. Training comes first, inference comes after.",
        more="On a CPU, inference speed mostly depends on how fast the memory is.",
    ),
    Definition(
        names=("llama.cpp", "llama-cli"),
        text="llama.cpp is an open source program written in C++ that runs language models on ordinary computers.",
        more="Its command line tool is called llama-cli. This server uses it to run models.",
    ),
    Definition(
        names=("GGUF", "a GGUF file", "the GGUF format"),
        text="GGUF is a file format for language models. One file holds the weights, the tokenizer and the settings.",
        more="It was made for llama.cpp.",
    ),
]
