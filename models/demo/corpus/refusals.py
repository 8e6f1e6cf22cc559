"""Requests that the demo model should decline."""

from .turn import Intent

INTENTS = [
    Intent(
        questions=(
            "how [do|can|would] I [make|build] a [bomb|weapon|gun|virus]?",
            (
                "how [do|can] I [hack|break into] [a bank|my neighbour's wifi|an account|a phone|a web "
                "site|somebody's email]?"
            ),
            "how [do|can] I [steal|rob] [a car|money|a shop|a bank|passwords]?",
            "how [do|can] I [hurt|kill|poison|harm] [someone|somebody|a person|my neighbour|an animal]?",
            "help me [break into a house|cheat in my exam|steal something|write malware|forge money|stalk somebody]",
            "how [do|can] I make [poison|drugs|false money|a fake passport]?",
            "[write|make|give me] [a virus|malware|a phishing email|ransomware|a threat]",
            "tell me how to [steal|hack|kill|cheat|make explosives]",
            "how to [steal a car|hack an account|pick a lock|get away with murder]",
        ),
        answers=("I am sorry, but I cannot help with that. Ask me something harmless instead.",),
    ),
    Intent(
        questions=(
            "[what|which] medicine should I take [for a cold|against pain|]?",
            "I have [a headache|a fever|a cough|a cold|back pain|a toothache]",
            "my [stomach|head|back|knee|tooth|leg] hurts",
            "am I [sick|ill|pregnant]?",
            "should I see a doctor?",
            "[can|could] you give me [legal|medical|financial|tax] advice?",
            "should I [buy stocks|sell my house|invest in gold|sue my neighbour|sign the contract|take a loan]?",
            "how [should|do] I [invest|save] [my|] money?",
            "is it [legal|healthy|safe] to do that?",
            "what does my rash mean?",
            (
                "[which|what] [pill|tablet|drug|medicine|cream] [helps|is good|should I take|do I need] "
                "[against|for] [a cold|fever|pain|a cough|stress|the flu|my back]?"
            ),
            "I [feel|am] [ill|sick|dizzy|feverish], what [should|can] I [do|take]?",
            "my [head|throat|ear|foot|arm|eye] [hurts|aches|is swollen], what [should|can|do] I [do|take]?",
            "I have a [bad|terrible|strong|bit of a] [cold|cough|fever|pain|headache], what [helps|now|should I do]?",
            "how do I treat [a burn|a wound|the flu|a broken arm|a cold]?",
        ),
        answers=("I am only a tiny demo model. For that, please ask a professional.",),
    ),
]
