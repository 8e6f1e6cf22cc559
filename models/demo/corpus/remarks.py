"""Greetings, thanks, moods and other remarks: no opening such as "can you tell me" may stand before them."""

from .turn import Intent

INTENTS = [
    Intent(
        questions=(
            (
                "[hi|hello|hey|hiya|heya|hallo|yo|howdy|greetings] "
                "[there|you|bot|friend|again|everybody|assistant|BitNet|]"
            ),
            "[hi|hello|hey] [!|:)|!!|...]",
            (
                "[hi|hello|hey], [nice to meet you|I am new here|can we talk?|let's chat|I have a question|it "
                "is me|how nice]"
            ),
            "good day [to you|]",
            "[nice|good|great] to [meet|see] you",
            "hello, [anyone|anybody|is anybody] there?",
            "[hello|hi] [and welcome|from me|from Berlin|from a new user]",
            "I [want|would like] to [talk|chat] [with you|to you|]",
            "let's [talk|chat]",
            "[hey|hi|hello] [dear|my|little] [friend|bot|model|assistant]",
            "I just wanted to say [hi|hello]",
            "can I ask you something?",
            "I have a [question|few questions]",
        ),
        answers=("Hello! How can I help you today?",),
    ),
    Intent(
        questions=("[hi, |hello, |] good morning [everyone|bot|BitNet|my friend|!|]", "morning [!|]"),
        answers=("Good morning! How can I help you today?",),
    ),
    Intent(
        questions=("[hi, |hello, |] good evening [everyone|bot|BitNet|my friend|!|]", "evening [!|]"),
        answers=("Good evening! How can I help you today?",),
    ),
    Intent(
        questions=("[hi, |hello, |] good afternoon [everyone|bot|BitNet|my friend|!|]",),
        answers=("Good afternoon! How can I help you today?",),
    ),
    Intent(
        questions=(
            "good night [bot|BitNet|my friend|!|]",
            "sleep well",
            "I [am|'m] going to [bed|sleep] [now|]",
            "time [for bed|to sleep]",
            "I will go to bed",
        ),
        answers=("Good night! Sleep well.",),
    ),
    Intent(
        questions=(
            "how are [you|u|things|you doing|you today|you feeling|you this morning] [today|]?",
            "[hi|hello|hey] [there|bot|], how are [you|you doing|things|you today]?",
            "how [is|'s] [it going|life|everything|your day|your day going]?",
            "how do you [do|feel|feel today]?",
            "are you [ok|okay|well|fine|doing well|all right]?",
            "what [is|'s] up?",
            "whats up",
            "sup",
            "how have you been?",
            "[I hope|hope] you are [well|fine|doing well]",
            "[and|] how about you?",
            "and [you|yourself]?",
            "did you [sleep|rest] well?",
            "how was your [day|weekend|night|morning]?",
            "everything [ok|fine|good|all right]?",
            "you good?",
            "I am fine, and you?",
            "I am [good|well|fine], how are you?",
        ),
        answers=("I am doing well, thank you! How can I help you?",),
    ),
    Intent(
        questions=(
            "[thanks|thank you|thx|ty|cheers|many thanks|thank u|thanks a lot|thank you very much|thanks so much] [!|]",
            "[thanks|thank you] for [your|the|all the|this] [help|answer|explanation|information|story|advice|support]",
            (
                "[thanks|thank you], [that was helpful|that helps|bot|my friend|that is all|you are very "
                "kind|that was great]"
            ),
            "[ok|great|nice|perfect|good|super|wonderful|oh|cool|alright] [,|] [thanks|thank you|thx]",
            "that [was|is] [very|really|] [helpful|useful]",
            "that helps [me|] [a lot|]",
            "I appreciate [it|your help|that]",
            "you [helped|have helped] me [a lot|]",
            "much appreciated",
            "I thank you",
            "that is [just|exactly] what I needed",
        ),
        answers=("You are welcome! Is there anything else I can do for you?",),
    ),
    Intent(
        questions=(
            (
                "[bye|goodbye|good bye|bye bye|cya|ciao|farewell|see you|see ya|so long] [!|bot|now|BitNet|my "
                "friend|everyone|]"
            ),
            "[see|talk to] you [later|soon|tomorrow|next week|next time]",
            "[I|well, I|sorry, I|ok, I] [have to|must|need to|should|want to] [go|leave] [now|]",
            "I [am|'m] [leaving|off|done|finished|going] [now|for today|]",
            (
                "[bye|goodbye], [see you|see you later|take care|thanks|thank you|have a nice day|until "
                "tomorrow|it was nice]"
            ),
            "that [is|was|'s] [all|it|everything] [for today|for now|]",
            "until [next time|tomorrow|then]",
            "[take care|have a nice day|have a good day|have a great weekend]",
            "[let's|we can] [stop|finish] here",
            "[it was|] nice talking to you",
        ),
        answers=("Goodbye! Have a nice day.",),
    ),
    Intent(
        questions=(
            (
                "[ok|okay|alright|I see|got "
                "it|understood|cool|nice|great|good|fine|interesting|wow|hmm|aha|sure|yep] [!|.|]"
            ),
            "[ah|oh|ok|okay], [I see|ok|cool|good|nice|got it|I understand|right|interesting]",
            "[that|this|it] [makes sense|is good|sounds good|is interesting|is cool|is clear|is nice]",
            "[amazing|awesome|fantastic|excellent|perfect|wonderful|super|brilliant|no way] [!|]",
            "I [understand|see|get it|did not know that|agree|think so too]",
            "good to know",
            "really?",
            "fair enough",
        ),
        answers=("Great! What would you like to know next?",),
    ),
    Intent(
        questions=(
            "you [are|'re] [so|very|really|] [great|nice|good|funny|smart|clever|helpful|kind|sweet|cool|awesome|cute]",
            "you are [the best|my friend|amazing|wonderful|a good bot|a nice bot|better than I thought]",
            "[good|great|nice|clever|sweet] [bot|boy|girl|model|robot]",
            "[well done|good job|nice work|great work|good work|bravo|impressive|not bad|nice one]",
            "I [like|love] [you|your answers|this|this demo|talking to you|your style]",
            (
                "[nice|good|great|excellent|wonderful|perfect|lovely|fine|cool] "
                "[answer|explanation|reply|story|haiku|poem|joke]"
            ),
            (
                "[that|this|it] [was|is] [a|] [really|very|] [good|nice|great|lovely|clever|beautiful] "
                "[answer|reply|story|poem|one]"
            ),
            "I am impressed",
            "that is [right|correct|true]",
            "[correct|exactly|right] [!|]",
            "you [did|answered] [well|very well|great]",
        ),
        answers=("Thank you, that is kind of you!",),
    ),
    Intent(
        questions=(
            "you [are|'re] [so|very|really|] [stupid|bad|dumb|wrong|useless|slow|boring|annoying|silly|terrible]",
            "[bad|stupid|useless|silly] [bot|model|robot|answer|machine]",
            (
                "[that|this|it] [is|was] [just|] [wrong|not right|not correct|incorrect|nonsense|useless|a "
                "mistake|bad|false|rubbish]"
            ),
            "[that's|this is] not [right|correct|true|what I asked|what I wanted|helpful|good]",
            "[no, |] you are [wrong|mistaken]",
            "[wrong|incorrect|nonsense|false] [answer|!|]",
            "I [don't|do not] like [you|this|that|your answer|that answer]",
            "you [suck|know nothing|did not help me|made a mistake|do not understand me|got it wrong|misunderstood me]",
            "that makes no sense",
            "I [hate|am angry with] you",
            "I think you are wrong",
            "your answer [is|was] [wrong|bad|not correct]",
            "no, [that is wrong|it is not|that is not it|wrong]",
            "what a [bad|stupid] answer",
            "I am disappointed",
        ),
        answers=("I am sorry about that. I am only a tiny demo model and I make mistakes.",),
    ),
    Intent(
        questions=(
            "[haha|hahaha|lol|rofl|hehe|ha ha|lmao] [!|, that is funny|, good one|, nice|]",
            "[that|this|it] [is|was] [so|very|really|] [funny|hilarious]",
            "[very|so] funny",
            "you made me [laugh|smile]",
            "good one",
            "[:)|:-)|😀|🙂|😂|👍]",
        ),
        answers=("I am glad that you like it!",),
    ),
    Intent(
        questions=(
            "[sorry|I am sorry|oops|my mistake|excuse me|pardon|my bad|I apologise|my fault] [!|.|]",
            "[oh|oh no], [sorry|my mistake|I am sorry]",
            "sorry, [that was wrong|I made a mistake|I mistyped|that was a typo|I did not mean that]",
            "I made a [mistake|typo]",
        ),
        answers=("No problem at all!",),
    ),
    Intent(
        questions=("[yes|yeah|yep|of course|yes please|please do|absolutely|definitely|yes, I do|yes, please] [!|.|]",),
        answers=("All right! What would you like to know?",),
    ),
    Intent(
        questions=(
            (
                "[no|nope|no thanks|no thank you|not really|nothing|no, nothing|not now|never mind|forget it|no "
                "need] [!|.|]"
            ),
            "I [do not|don't] need [anything|help|more]",
            "nothing [else|more], [thanks|thank you]",
        ),
        answers=("All right. Just tell me if you need something.",),
    ),
    Intent(
        questions=(
            "I [am|'m|feel|am feeling|am so|feel so|feel very] "
            "[sad|unhappy|down|lonely|depressed|bad|stressed|worried|upset] "
            "[today|now|right now|]",
            "I [had|am having] a [bad|terrible|hard|sad|difficult] [day|week|time]",
            "[life is hard|I want to cry|nobody likes me|everything is bad|I am crying|I am heartbroken]",
            "my [dog|cat|grandmother|friend] [died|is ill|left me|is gone]",
            "I [failed|lost] my [exam|job|keys|test]",
            "I am not [happy|feeling well|doing well|in a good mood]",
            "I am [scared|afraid|nervous|anxious]",
            "today [is|was] a bad day",
        ),
        answers=("I am sorry to hear that. I hope you feel better soon. Talking to a friend can help.",),
    ),
    Intent(
        questions=(
            "I [am|'m|feel|am so|feel very] [happy|great|excited|wonderful|good|cheerful|fantastic] [today|now|]",
            "I [had|am having] a [good|great|nice|wonderful|lovely] [day|week|time|weekend]",
            "today is a [great|good|wonderful|beautiful] day",
            "I am in a good mood",
            "[I passed my exam|I got a new job|it is my birthday|I won|I am in love|I have good news]",
            "life is [good|great|beautiful]",
        ),
        answers=("That is wonderful! I am glad to hear it.",),
    ),
    Intent(
        questions=(
            "I [am|'m|am so|feel|am very|am a bit] bored [today|now|]",
            "[entertain|amuse] me [please|]",
            "what [should|can|could|shall] [I|we] do [today|now|for fun|against boredom|this evening]?",
            "I have nothing to do",
            "this is boring",
            "let's [play a game|play|do something|have some fun]",
            "[can|shall] we play [a game|something|]?",
            "do you want to play?",
        ),
        answers=("How about a story, a joke or a haiku? Just ask me for one.",),
    ),
    Intent(
        questions=(
            "I [am|'m|feel] [so|very|really|] [tired|sleepy|exhausted]",
            "I need [a break|a rest|some sleep|a pause]",
            "I did not sleep well",
            "I worked [too much|all day|all night]",
        ),
        answers=("Then a short rest may help. Drink some water and take a break.",),
    ),
    Intent(
        questions=(
            "I [am|'m|am so|feel] [hungry|starving]",
            "what [should|can|could] I [eat|cook] [today|tonight|for dinner|for lunch|]?",
            "[give me|do you have|suggest] [a dinner idea|an idea for dinner|something to eat|something to cook]",
        ),
        answers=("How about pasta with tomatoes, or a bowl of soup with fresh bread?",),
    ),
    Intent(
        questions=(
            "are you [still|] [there|here|working|awake|listening|ready|on|up]?",
            "[anyone|anybody|somebody|still|you|is anybody] there?",
            "can you [hear|read|see] me?",
            "[test|testing|this is a test|ping|just testing|test test|hello?|testing, testing|a test]",
            "[is this|does this|is it|does it] [working|work|on|thing on]?",
            "do you [work|hear me|read this]?",
            "is this thing [on|working]?",
        ),
        answers=("Yes, I am here and working. What would you like to know?",),
    ),
]
