"""Greetings, thanks, praise and other remarks, which no opening such as "can you tell me" precedes."""

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
            (
                "[hi|hello|hey|hiya|good day|greetings] [my|dear|little|old|nice] [machine|computer|program|"
                "helper|chatbot|friend|robot]"
            ),
            "[hi|hello|hey] [hi|hello|hey]",
            (
                "[hi|hello|hey|ah|oh], [there you are|it's you|you again|me again|here I am|I am back|what a "
                "surprise|finally]"
            ),
            "[hello|hi|hey] [world|people|everyone|all|folks|buddy|pal|mate|sir|madam|model]",
            "[pleased|happy|glad|delighted] to [meet|see|find|greet] you",
            "[how nice|what a pleasure|good] [to see you|that you are here|to have you here]",
            "I am back [again|]",
            "[helloo|hellooo|heyy|hii|heyo|ahoy|yo yo|hi hi]",
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
            (
                "[hi|hello|hey] [bot|model|friend|my friend|computer], [how is it going|how is life|what is up|"
                "how do you feel|are you well]?"
            ),
            (
                "how [are|is] [you|everything|life|the day|it going|things] [today|now|this week|tonight|for "
                "you|with you|at the moment|]?"
            ),
            "how [does|did] [your|the] [day|morning|week] [go|start]?",
            "[tell me|may I ask|can I ask] how you are?",
            "[how|what] [is|'s] [new|going on|happening] [with you|]?",
            "are you [having|enjoying] a [good|nice] day?",
            "[I am|I'm] [fine|good|okay], [how about|what about|and how are] you?",
            "how you doing?",
            "feeling [good|well|okay] [today|]?",
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
            (
                "[thanks|thank you|thx|cheers] [a million|a ton|a bundle|very much|again|loads|so very much|"
                "heaps|kindly|indeed]"
            ),
            "[many|a thousand|a million|big|lots of] thanks [for that|to you|for everything|]",
            (
                "[thank you|thanks] [ever so much|for being here|for your time|for your patience|for trying|for "
                "everything]"
            ),
            "I [want to|would like to|must|just want to] thank you [for that|for your help|so much|]",
            "I am [so|very|really|] [grateful|thankful] [to you|for that|for your help|]",
            "you are a [great|real|big] help",
            "thanks, you [saved my day|did it|solved it|helped]",
            "that [solved|answers|answered] [it|my question|my problem] [, thanks|]",
            "[tysm|thnx|thankss|tks|thank youu]",
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
            (
                "[ok|okay|well|alright|so|right|fine], [bye|goodbye|bye bye|see you|farewell|cheerio|I am off|"
                "that is it|that was it] [then|now|for today|]"
            ),
            "[bye|goodbye|ciao|see you], [until|till] [next time|next week|Monday|then|later|the weekend]",
            (
                "[I|sorry, I|well, I|oh, I] [have to|must|need to|should|'ve got to] [catch my bus|get back to "
                "work|go to a meeting|cook dinner|pick up the kids|go home|hurry|be somewhere else|log off|stop "
                "now]"
            ),
            "[time|it is time] to [go|leave|say goodbye|log off|stop]",
            "[gotta|got to|have to] [go|leave|dash|fly|hurry]",
            "[see|catch|talk to|meet] you [around|soon|later|another day|on Monday|in the morning|next week] [, bye|]",
            "[I will|I'll] [be back|come back|see you] [later|soon|another time]",
            "[byebye|byee|g'bye|adieu|adios|take care now|so long]",
            "[my train is here|my boss is calling|the kids are waiting], [bye|see you|talk later]",
            "[thanks|thank you] and [bye|goodbye|see you|farewell]",
            "I [am|'m] [heading out|logging off|out of here|going home|on my way] [now|, bye|, see you|]",
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
            (
                "[cool|okay|ah|right|nice|good|wow|great], [that|this] [is|was] [clear|easy|logical|good to "
                "know|interesting|new to me]"
            ),
            "[now|ok, now] [I get it|I understand|it is clear|I see]",
            "[that|this|it] [makes|made] [perfect|complete|total|good|] sense [to me|now|]",
            "[it is|everything is|that's] [clear|clear now|logical|plain|fine by me]",
            "[so that is|ah, that is|oh, that's] [how it works|why|what it means]",
            "[I never knew that|I did not know this|never heard of that|who would have thought|how interesting]",
            "[sounds|looks|seems] [good|fine|right|okay|logical|great] [to me|]",
            "[all right|alright then|very well|okay then|good then|fine then|okey|okie|k|kk]",
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
            (
                "[that|this|it|your answer|your reply|your last answer] [was|is] [a|] [really|very|truly|so|] "
                "[good|nice|helpful|clever|smart|great|excellent|perfect|fantastic] [answer|reply|text|"
                "explanation|]"
            ),
            "what a [good|nice|great|clever|lovely|fantastic|beautiful] [answer|reply|explanation|poem|story|idea|bot]",
            "[you|well, you] [explained|said|wrote|put] [that|it] [so|very|really|] [well|nicely|clearly]",
            "I [really|] [enjoy|enjoyed|liked|loved] [that|this|your answer|your story|your poem|talking with you]",
            "you are [cleverer|better|nicer|smarter|faster] than [I thought|expected|my phone|others]",
            "[a|one] big compliment [to you|]",
            "[wow|oh], you are [good|great|clever|fast|nice]",
            "[full marks|ten points|top|first class|spot on|nailed it|you nailed it|you are right]",
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
            (
                "[your|the] [answer|reply|last answer|explanation|sum|result|text|last message] [was|is] [wrong|"
                "bad|false|nonsense|useless|strange|no good|a mistake|incorrect|not true|not good|not helpful]"
            ),
            (
                "[your|that|the last] [answer|reply|response|sentence] [was|is] [not|not at all|not really] "
                "[right|correct|true|what I wanted|what I asked|good|helpful]"
            ),
            (
                "[that|this|it] [is|was] [completely|totally|just|simply|so|clearly|] [wrong|false|incorrect|"
                "mistaken|untrue]"
            ),
            "you [got|did|answered|calculated|said|understood] [that|it] [wrong|wrongly|badly]",
            "[no|nope|sorry|hmm], [that's|that is|this is] [wrong|not it|not right|false|incorrect|nonsense]",
            "[I am|I'm] not [happy|satisfied|pleased] with [you|your answer|that|this]",
            "[try again|do better|think again], [that was wrong|that is not right]",
            "you [do not|don't] [get|understand|know] [it|what I mean|anything|me]",
            "there is [a mistake|an error] in [your answer|that|it]",
            "not [right|correct|true|good|what I asked]",
            "are you kidding?",
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
            "I [laughed|had to laugh|am laughing|smiled|giggled] [a lot|out loud|]",
            "[you are|that's|that is|this is] [hilarious|too funny|so funny|comedy gold]",
            "[hihi|hahah|haha haha|loool|xd|lool|heh]",
        ),
        answers=("I am glad that you like it!",),
    ),
]
