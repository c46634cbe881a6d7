import { lines } from './list.ts'

/** More of what people say beside their questions. "For now" is what they say who leave, and nothing that is put off. */
export const SMALL_TALK_MORE = {
  hello: lines(`
    Hiya
    Hey hey
    Hi, model
    Hello, model
    Hello, little model
    Hey, model
    Hey Switchyard
    Hello, you
    Hello everybody
    Hi all
    Hi, I am new here
    Hello, it is me
    Hi, it is me again
    Hello, can you hear me?
    Is anyone there?
    Anybody here?
    Hello, friend
    Hi, my friend
    A warm hello to you
    Pleased to meet you
    Greetings, little model
    Hello from me
    Hello, do you read me?
  `),
  morning: lines(`
    Rise and shine, good morning
    Good morning, friend
    Good morning, dear model
    Good morning, little model
    Good morning, everyone
    Good morning again
    Hello, good morning
    Hey, good morning
    Morning, Switchyard
    Morning, everyone
    Morning, my friend
    Good morning, I am up
    Good morning, did you sleep?
    A beautiful morning
    What a beautiful morning
    Such a fine morning
    A lovely morning to you
    Good morning from me
    I say good morning
    Coffee is ready, good morning
    The day begins, good morning
    It is early, good morning
    Wishing you a good morning
  `),
  evening: lines(`
    The stars are out, good evening
    Good evening, friend
    Good evening, dear model
    Good evening, little model
    Good evening, everyone
    Good evening again
    Hello, good evening
    Hey, good evening
    Evening, Switchyard
    Evening, everyone
    Evening, my friend
    Good evening, I am home
    Good evening, are you still up?
    A beautiful evening
    What a beautiful evening
    Such a fine evening
    A lovely evening to you
    Good evening from me
    I say good evening
    Dinner is over, good evening
    Work is done, good evening
    It is late, good evening
    Wishing you a good evening
  `),
  wellBeing: lines(`
    How are you now?
    How are you feeling?
    How do you feel?
    How are you, Switchyard?
    How are you, little model?
    So how are you?
    How are you this week?
    How are things going?
    How are things with you?
    How is your day going?
    How has your day been?
    How is life treating you?
    How is all with you?
    Are you ok?
    Are you feeling well?
    Are you feeling good today?
    Do you feel well?
    Is everything fine with you?
    Is everything ok?
    Everything good with you?
    Doing well?
    I hope you are well
    Say, how are you doing?
  `),
  thanks: lines(`
    Thank you ever so much
    Thanks so much
    Thanks very much
    Thank you, Switchyard
    Thanks, model
    Thank you, little model
    Thank you again
    Thanks for helping me
    Thank you for helping
    Thanks for everything
    Thank you for everything
    Ok, thank you
    Great, thank you
    Good, thanks
    Fine, thanks
    Oh, thank you
    Thanks a million
    Thank you, my friend
    Many many thanks
    I am grateful to you
    I want to thank you
    Thank you for your time
    Thank you, how kind
  `),
  goodbye: lines(`
    Goodbye, until next week
    Bye now
    Bye, model
    Bye, Switchyard
    Bye, little model
    Goodbye, my friend
    Goodbye and farewell
    Goodbye for now
    Bye for now
    Ok, goodbye
    Well, goodbye
    See you around
    See you again
    See you on Monday
    See you next week
    Until later
    Until we meet again
    Good night, Switchyard
    Good night, sleep well
    I am off to bed
    I am going home now
    I have to leave
    Time to go
    Take care, bye
    So long
  `),
  understood: lines(`
    Okay, good
    Ok, I see
    Oh, I see
    Ah, I see
    I see now
    Ah, now I understand
    Ok, understood
    Ok, got it
    That makes sense
    It makes sense now
    Very nice
    Very well
    Good, good
    Super
    Splendid
    Lovely
    Sure
    Fair enough
    That is okay
    That is all right
    That sounds fine
    Good enough for me
    Fine with me
    Clear
  `),
  praised: lines(`
    You are amazing
    You are very clever
    You are so smart
    You are really good
    You are a clever model
    You are a great model
    You are a great help
    You are a wonderful helper
    You did great
    You did a good job
    Very well done
    Great job
    Excellent job
    Good work
    What a great answer
    That was a great answer
    I love your answers
    I like that answer
    I like you
    I am proud of you
    I am impressed by you
    You answered that very well
    Nobody answers better than you
    Good model
  `),
  blamed: lines(`
    You answered that wrongly
    Wrong answer
    Wrong again
    False
    Incorrect
    Not true
    Not correct
    No, wrong
    No, that is not true
    You are not right
    You are quite wrong
    That is quite wrong
    That is simply wrong
    That was wrong
    This is not true
    This is not correct
    This answer is false
    Your answer is incorrect
    Your answer is not right
    You made an error
    There is a mistake in that
    I think you are wrong
    That was a mistake
    It is not like that
  `),
}
