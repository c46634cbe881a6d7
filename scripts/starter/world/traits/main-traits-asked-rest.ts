import { lines } from '../list.ts'

/** All other ways to ask for what is told most. */
export const MAIN_TRAITS_ASKED_REST = {
  name: lines(`
    Could you tell me my name?
    Please tell me what my name is.
    what's my name again?
    What is my full name?
    Have I told you my name, and what is it?
    Who are you talking to?
    Who are you speaking with?
    Who is this writing to you?
    Remind me what my name is.
    How did I introduce myself?
    Under what name did I introduce myself?
    So, who am I?
    Can you say who I am?
    Any idea what my name is?
    Have you forgotten my name?
    What name should you use for me?
    Greet me by my name.
    Address me by name.
    Write my name, please.
    Spell out my name.
    What name did my parents give me?
    What is your user called?
    What is the name of the person you are helping?
    I'd like to hear my name.
    I wonder whether you know my name.
    You do remember my name, don't you?
    What is the name I gave at the start?
    My name is what?
    what did i tell you my name was
    And my name is?
  `),
  city: lines(`
    Where am I living?
    Where do I live now?
    where do i have my house?
    Where's home for me?
    Where is my flat?
    Where is my apartment?
    Where do I have my home?
    Where did I move to?
    What city am I living in?
    What town do I live in?
    What place do I call home?
    What city did I say I live in?
    In which town do I live?
    In what city am I based?
    In which city do I reside?
    Which town is my home?
    Which city am I from?
    Which city am I a resident of?
    Which city do I come from?
    What is the name of the city I live in?
    Could you tell me which city I live in?
    Please tell me my city.
    Remind me which city I live in.
    Name the city I live in.
    Say where I live.
    Do you recall which city is mine?
    Have you forgotten where I live?
    I'd like to know if you remember where I live.
    My home is in which city?
  `),
  colour: lines(`
    What color do I love most?
    What is my preferred colour?
    What is my colour of choice?
    What is the name of my favourite colour?
    What colour did I say was my favourite?
    What colour did I call my favourite?
    What colour am I fond of?
    What colour am I a fan of?
    What colour would I choose?
    What colour pleases me most?
    What colour makes me happy?
    what was my favorite color again?
    what color am i crazy about
    Which color did I say I love?
    Which color do I want most?
    Which colour would I pick?
    Which colour do I like more than the others?
    Which colour do I love above all?
    Which colour is closest to my heart?
    Which colour have I always liked?
    Which is the best colour for me?
    Do you recall which colour I prefer?
    Do you know what color I like?
    Could you say which colour I like best?
    Please tell me what my favorite color is.
    Remind me which colour I like best.
    Say my favourite colour.
    Have you forgotten my favourite colour?
    If I painted a room in my favourite colour, which would it be?
    My favourite colour is which one?
    With colours, what is my first choice?
    Among all colours, which one is mine?
  `),
  number: lines(`
    What number did I draw?
    What number did I mention?
    What number was I thinking of?
    What number am I?
    What number is on my card?
    What number is on my ticket?
    What number do I like?
    What number did I want you to keep?
    What number did you store for me?
    What is my lucky number?
    What is the number I asked you to remember?
    what number is it that i have?
    what was that number again?
    Which number did I ask you to remember?
    Which number brings me luck?
    Which number did they give me?
    Which number was it?
    Could you repeat the number for me?
    Please give me the number.
    Please say the number again.
    Tell me my lucky number.
    Show me the number you saved.
    Remind me which number I told you.
    Do you still remember my number?
    Have you forgotten the number?
    I need my number now.
    My number is which one?
    And the number was?
  `),
}
