"""Moods and small remarks, without an opening."""

from .turn import Intent

INTENTS = [
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
            (
                "[today|yesterday|my day|the day|this day|this week|my week|the weekend|everything] [is|was|has "
                "been] [so|really|very|just|] [bad|awful|terrible|horrible|sad|hard|difficult|a mess|a disaster|"
                "no fun|a nightmare]"
            ),
            "what [a|an] [bad|awful|terrible|horrible|sad|rotten] [day|week|morning|night|year]",
            "I [had|have had|am having] [a|an] [awful|horrible|rotten|rough|tough|lousy] [day|week|time|night|morning]",
            (
                "I [am|'m|feel|was] [a bit|a little|rather|quite|pretty|somewhat|kind of] [sad|down|lonely|low|"
                "blue|unhappy|miserable|depressed|lost]"
            ),
            (
                "[my|our] [boss|mother|father|son|daughter|friend|wife|husband|team] [is angry with me|shouted "
                "at me|is ill|is in hospital|left me|hates me|does not talk to me]"
            ),
            "I [got|was] [fired|dumped|robbed|rejected|left alone|hurt|ignored]",
            "I [did not|didn't] [get the job|pass the exam|pass the test|win|sleep because I worry]",
            (
                "[nothing works|everything went wrong|all is lost|I lost everything|I have no friends|I miss my "
                "mother|I feel alone|I could cry]"
            ),
            "I [have|got] [bad|sad|terrible] news",
            "I am in a bad mood",
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
            (
                "[today|yesterday|my day|the day|this week|the weekend|everything] [is|was|has been] [so|really|"
                "just|simply|] [great|wonderful|amazing|fantastic|good|perfect|lovely|the best]"
            ),
            (
                "I [just|] [got|received|found|bought|won] [a|the] [new job|raise|new flat|prize|medal|first "
                "place|new house|present|puppy] [and I am so glad|, hooray|, I am happy|]"
            ),
            (
                "I [just|finally|] [passed|finished|made|won|did] [it|my exam|my driving test|the test|the race|"
                "my thesis|school] [!|, I am so glad|, hooray|and I feel great]"
            ),
            "[hooray|yay|yippee|hurray] [!|, I won|, it works|, I did it|]",
            (
                "I [am|'m|feel] [so|very|really|extremely|just|] [happy|glad|excited|joyful|proud|cheerful|"
                "thrilled|delighted] [today|right now|!|because it is my birthday|because I won|about my new "
                "job|]"
            ),
            (
                "I [am|'m] [getting married|going on holiday|having a baby|moving in with my girlfriend] [!|and "
                "I am happy|]"
            ),
            "my [team|son|daughter|friend|sister] won",
            "[great|good|wonderful|happy] news [!|, I got the job|, we won|]",
            "I [could|want to] [dance|sing|jump] for joy",
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
            "[I'm|I am|I feel] [so|very|terribly|] bored [, what now|, help me|, any ideas|, entertain me|]",
            "[what|which] [fun|game|thing] can [we|you and I|I] [do|play|try] [together|here|now|]?",
            "[any|some] ideas [against boredom|what to do|what we could do|for fun]?",
            "[give|tell] me something to do",
            "[there is|I have|we have] nothing [to do|going on|on TV]",
            "[can|could] you [entertain|amuse] [me|us]?",
            "I want [some fun|to have fun|to play|some entertainment]",
            "[so|how] boring",
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
            "[are you|you] [still|] [with me|alive|online|around|there now]?",
            "[knock knock|is this on|one two three test|test 123|echo]",
            "is this thing [on|working]?",
        ),
        answers=("Yes, I am here and working. What would you like to know?",),
    ),
]
