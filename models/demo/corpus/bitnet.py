"""Questions about BitNet models."""

from .turn import Intent

INTENTS = [
    Intent(
        questions=(
            "why is BitNet [fast|so small|small|efficient|interesting|special|good|useful]?",
            "what makes BitNet [efficient|special|fast|different|good]?",
            "why [use|should I use|do people use|would I use] BitNet?",
            (
                "what [are the advantages|are the benefits|are the strengths|is good|is the point|is the "
                "advantage] of BitNet?"
            ),
            "what is [special|good|new] about BitNet?",
            "is BitNet [better|good|faster|any good]?",
            "why does BitNet need [so little|less] memory?",
        ),
        answers=(
            (
                "BitNet weights are only -1, 0 and +1. So the model needs little memory, and most "
                "multiplications become additions."
            ),
        ),
    ),
    Intent(
        questions=(
            "how does BitNet work?",
            "explain how BitNet works",
            "how do ternary weights work?",
            "what are [ternary weights|1-bit models|ternary models|1-bit language models]?",
            "what is a [1-bit LLM|ternary model|1-bit model|ternary weight]?",
            "what does [b1.58|1.58] mean?",
            "why 1.58 bits?",
            "where does [1.58|the name b1.58|the number 1.58] come from?",
            "why is it called [b1.58|BitNet|BitNet b1.58]?",
            "[which|what] values can [a BitNet weight|the weights] have?",
        ),
        answers=(
            (
                "Each weight is -1, 0 or +1. A choice among three values carries about 1.58 bits, and that is "
                "why it is called b1.58."
            ),
        ),
    ),
    Intent(
        questions=(
            "who [invented|made|developed|created|published|is behind] BitNet?",
            "where does BitNet come from?",
            "[which|what] company [made|developed|invented] BitNet?",
            "is BitNet from [Microsoft|Google|Meta]?",
        ),
        answers=("BitNet was developed by researchers at Microsoft.",),
    ),
]
