import { lines } from '../list.ts'

/** More ways to ask for what a tool does. */
export const APPLICATION_REQUESTS = {
  get_weather: lines(`
    {city}, how's the weather there?
    {city} today, rain or sun?
    Forecast for {city}, please.
    Are there clouds over {city}?
    Should I pack a raincoat for {city}?
    How many degrees are there in {city}?
    Is {city} freezing at the moment?
    I'm off to {city}, will I need sunglasses?
    Check the weather conditions in {city}.
    What's it like outside in {city}?
    Is it pouring down in {city}?
    Temperature in {city} right now?
    Does the sun shine over {city} today?
    Could you give me the forecast for {city}?
    Any thunder near {city}?
    {city}: temperature and wind, please
    Do people in {city} need warm clothes today?
    I'd like to know if {city} is foggy.
    Is it humid over in {city}?
    Let me know how warm {city} is.
    How cold does it get in {city} tonight?
    Wind and rain in {city}?
    Dress warmly for {city} or not?
    What do the meteorologists say for {city}?
    In {city}, is it wet outside?
    {city} is where I'm flying, is it hot there?
    Are the streets of {city} icy today?
    Tell me whether {city} gets snow.
    Can we have a picnic in {city}, or does it rain?
    Describe the sky above {city}.
    Umbrella or sunglasses in {city}?
    Has the storm reached {city} yet?
    My sister in {city} complains of heat, how hot is it?
    {city} is on my route, what does the forecast say?
    Report the current conditions, rain or shine, for {city}.
    {city} can be chilly, how many degrees now?
    {city} under snow or in sunshine?
    Weather update on {city}, quickly
    How bad is the frost in {city}?
    Find out if {city} has good beach weather.
  `),
  send_email: lines(`
    {to} needs a mail from me about {subject}.
    {subject}: email this to {to}.
    About {subject}, send {to} an email.
    Shoot {to} an email regarding {subject}.
    Fire off a mail concerning {subject} to {to}.
    Compose an email to {to} with {subject} as subject.
    {subject} is the subject, {to} is the recipient of my mail.
    Let {to} know about {subject} via email.
    Could an email on {subject} go out to {to}?
    I have to mail {to} regarding {subject}.
    Subject {subject}, recipient {to}, send it as email.
    Dispatch an email about {subject}, addressee {to}.
    Draft and send {to} a message about {subject} by email.
    Email, recipient {to}, topic {subject}
    {to} must hear of {subject}, so email now.
    Get an email about {subject} over to {to}.
    Please notify {to} of {subject} by mail.
    {subject} goes by email to {to}.
    I'd like to email {to} concerning {subject}.
    Would you email {to} my thoughts on {subject}?
    Mailing {to} about {subject} is still to be done.
    Put {subject} in the subject line and mail {to}.
    Quick email about {subject}, addressed to {to}
    {to} is waiting for my mail on {subject}, send it.
    Regarding {subject}, an electronic letter to {to}, please.
    Have {to} informed about {subject} through an email.
    My boss wants {subject} mailed to {to}.
    Type an email headed {subject} and send it to {to}.
    Reach out to {to} by email about {subject}.
    To the inbox of {to}: a mail about {subject}
    {subject}, that's what the email to {to} is about.
    Pass {subject} on to {to} by email.
    Can {to} get a mail titled {subject}?
    Let's write {to} an electronic mail on {subject}.
    Use email to remind {to} of {subject}.
    {to} wrote nothing on {subject}, so ask by email.
    Off with an email on {subject} to {to}!
    Make {to} the recipient of a mail called {subject}.
    I promised {to} an email on {subject}, please send it.
    A message on {subject} into the mailbox of {to}, please.
  `),
  create_event: lines(`
    {day}: {title} goes into my calendar.
    {title} belongs in the calendar on {day}.
    On {day} there is {title}, so block my calendar.
    Block {day} in my calendar for {title}.
    Pencil in {title} for {day}.
    Pop {title} into my schedule for {day}.
    My agenda for {day} needs {title}.
    Could {title} go on my calendar for {day}?
    Appointment on {day}: {title}
    Let's put {title} down for {day} in the diary.
    I'm busy with {title} on {day}, add that to the calendar.
    {day} has {title}, create the event.
    Calendar entry, {title}, {day}
    Enter an appointment called {title} on {day}.
    Reserve {day} in the planner for {title}.
    Make {day} the date of my event {title}.
    {title} takes place on {day}, so schedule it.
    Arrange {title} on {day} in my calendar.
    Register an event on {day} with the title {title}.
    Please have the calendar show {title} on {day}.
    I'd like {day} to have an event named {title}.
    Organise {title} for {day} and add it to my agenda.
    Fix {title} for {day} in my planner.
    Quick calendar entry for {day}: {title}
    Insert {title} under {day} in the calendar.
    Would you schedule an appointment for {title} on {day}?
    For {title} I need {day} marked in the calendar.
    {day} is when {title} happens, put it on the schedule.
    There's {title} coming up on {day}, calendar it please.
    Set {day} aside for {title} on my schedule.
    Appointment needed: {title}, on {day}
    We moved {title} to {day}, so enter a new event.
    Slot {title} into {day} on my agenda.
    Open my calendar at {day} and write in {title}.
    Include {title} in the plans for {day}.
    The event {title} falls on {day}, make an entry.
    {title}, {day}, calendar please
    Let everyone see in my calendar that {day} is for {title}.
    Plan {day} around {title} in my calendar.
    Don't let me miss {title} on {day}, add an event.
  `),
  translate: lines(`
    {text}, what would that be in {language}?
    {language} version of {text}, please
    {language}, please, for these words: {text}
    In {language}, how do I express {text}?
    Render {text} in {language}.
    Turn {text} into {language}.
    Which {language} words mean {text}?
    I need {text} translated to {language}.
    What's the {language} translation for {text}?
    Could you put these words in {language}: {text}
    {text} should be turned into {language}.
    My {language} homework: translate {text}.
    In {language} what is {text} called?
    How would {language} speakers say {text}?
    Express {text} using {language}.
    Teach me to say {text} in {language}.
    Text to be translated into {language}: {text}
    {text} is for people speaking {language}, so translate.
    Be my interpreter: {text} into {language}
    Please convert the phrase {text} to {language}.
    I only speak English, what is {language} for {text}?
    If I were writing {language}, how would {text} look?
    Switch {text} over to {language}.
    For my {language} class I need the words for {text}.
    Does {language} have words for {text}?
    Let me see {text} in {language}.
    {language} translation needed: {text}
    Spell out {text} in {language} for me.
    {text}, the same in {language} please
    From English to {language}: {text}
    Find the {language} equivalent of {text}.
    I'd like {text} as a phrase in {language}.
    My grandma only reads {language}, so translate {text}.
    Would {text} be hard to say in {language}? Translate it.
    Take {text} and give it back in {language}.
    Rewrite {text} in {language} words.
    Using {language}, what can one call {text}?
    {text} is English, make it {language}.
    Interpret {text} for people who speak {language}.
    Any idea how {language} expresses {text}?
  `),
  convert_currency: lines(`
    {amount}: how many {currency} is that?
    {currency} is what I need for my {amount}.
    {amount} in my wallet, how much in {currency}?
    Switch my cash of {amount} to {currency}.
    As for {currency}, how many do I get with {amount}?
    What would {amount} fetch in {currency}?
    Express the price {amount} in {currency}.
    I have {amount} in cash, what's that in {currency}?
    In {currency}, what does {amount} amount to?
    Into {currency} please, the money is {amount}.
    The price says {amount}, tell me in {currency}.
    State the {currency} value of {amount}.
    At the current rate, {amount} buys how many {currency}?
    Swap {amount} for {currency} at the bank rate.
    Currency conversion: {amount}, {currency}
    How rich am I in {currency} with {amount}?
    I'm paid {amount}, how many {currency} will that be?
    Please trade {amount} for {currency}.
    {currency} value needed, the price is {amount}.
    Before my trip, convert {amount} of my cash to {currency}.
    Travelling soon, what's {amount} of cash in {currency}?
    The hotel costs {amount}, and in {currency}?
    To {currency} from {amount}, what's the conversion?
    Quote {amount} in {currency} for me.
    {amount} to {currency}, quick conversion
    Can I see the price of {amount} in {currency}?
    Which amount of {currency} corresponds to {amount}?
    Paying in {currency}, what do I owe for {amount}?
    Money exchange, {amount} against {currency}
    I'd like to buy {currency} with {amount}.
    My savings are {amount}, show them in {currency}.
    {amount} equals how much {currency}?
    Does {amount} make a lot of {currency}? Convert it.
    Use today's exchange rate to bring {amount} into {currency}.
    {currency}, how many of them for {amount}?
    What sum of {currency} matches {amount}?
    {currency} would be better, so exchange my {amount}.
    She owes me {amount}, let me know it in {currency}.
    Foreign money wanted: {currency} for {amount}
    Work out a payment of {amount} in {currency}.
  `),
}
