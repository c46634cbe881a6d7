import { lines } from '../list.ts'

/** Short, plain ways to ask for what a tool does, by its name. */
export const REQUESTS_LAST = {
  web_search: lines(`
    Look up {query} on the internet.
    Find out about {query} on the web.
    Do a web search on {query}.
    Check the web for {query}.
    What does the internet say about {query}?
    Search the net for {query}.
    Find websites about {query}.
    Look online for {query}.
    I need web pages about {query}.
    Can you look up {query} online?
    Get me search results for {query}.
    Find news about {query} on the internet.
  `),
  search_documents: lines(`
    Search our documents for {query}.
    Search my files for {query}.
    Which of our documents mention {query}?
    What do our files say about {query}?
    Find {query} in the documents.
    Look up {query} in my uploaded files.
    Do any of our documents cover {query}?
    Check the files for {query}.
    Find the document about {query}.
    What is written in my documents about {query}?
    Look for {query} in our papers.
    Does any file mention {query}?
  `),
  math_calculator: lines(`
    Calculate {expression} for me
    What is the result of {expression}
    Use the calculator: {expression}
    I need the result of {expression}
    Please work out {expression}
  `),
  python_executor: lines(`
    Run Python to get {task}.
    Execute Python code for {task}.
    Use Python for {task}.
    Let Python work out {task}.
    Write and run Python for {task}.
    Find {task} with Python code.
    Can you run a script for {task}?
    Code something in Python for {task}.
    With Python, find {task}.
    Use a Python script to compute {task}.
    Please run Python and give me {task}.
  `),
  fetch_url: lines(`
    Get the page {url}
    Show me the page at {url}
    Summarise {url}
    Load the page {url} for me
    Take a look at {url}
    Can you open {url}
  `),
  current_time: lines(`
    What's the time now?
    What date is it?
    Which day is it?
    Check the clock.
    Give me the time.
    Tell me today's date, please.
    Do you know what time it is?
  `),
  analyze_data: lines(`
    Analyse {data}
    Analyse these numbers: {data}
    Run statistics on {data}
    Give me the statistics of {data}
    What do the numbers {data} show
    Evaluate the data {data}
    Summarise the values {data}
    Here are my figures, analyse them: {data}
    Look into these values: {data}
    Study the data {data}
    Find mean and spread of {data}
  `),
  remember: lines(`
    Keep in mind: {note}
    Save this note: {note}
    Please remember {note}
    Note that {note}
    Take a note: {note}
    Don't forget: {note}
    Save the following: {note}
    Add to your memory: {note}
    Put {note} in your notes
    Remember for me: {note}
    Store this: {note}
  `),
  get_weather: lines(`
    What is the weather like in {city}?
    What's the forecast for {city}?
    Is it raining in {city}?
    What temperature is it in {city}?
    How hot is it in {city}?
    Check the weather for {city}.
    Give me a forecast for {city}.
  `),
  send_email: lines(`
    Send {to} an email about {subject}.
    Write an email to {to} about {subject}.
    Let {to} know about {subject} by email.
    Compose a mail to {to} on {subject}.
    Please email {to} regarding {subject}.
    Can you mail {to} about {subject}?
    I want to email {to} about {subject}.
    Send a message on {subject} to {to} by mail.
  `),
  create_event: lines(`
    Add {title} to my calendar for {day}.
    Put {title} in the calendar on {day}.
    Plan {title} on {day}.
    Set up {title} for {day}.
    Enter {title} on {day}.
    New event on {day}: {title}.
    I want {title} in my calendar on {day}.
    Can you schedule {title} on {day}?
    Book {title} into my calendar for {day}.
  `),
  translate: lines(`
    {text} in {language}, please.
    Please translate {text} into {language}.
    I need {text} in {language}.
    Say in {language}: {text}
    Tell me the {language} for {text}.
  `),
  convert_currency: lines(`
    Convert {amount} into {currency}.
    What do I get in {currency} for {amount}?
    {amount} in {currency}, please.
    Exchange {amount} for {currency}.
    What is the value of {amount} in {currency}?
    Tell me what {amount} is in {currency}.
  `),
  play_music: lines(`
    Play {song} for me.
    Let us hear {song}.
    Turn on {song}.
    Start the song {song}.
    I'd like to listen to {song}.
    Could you play {song}?
    Please put on {song}.
    Listen to {song} now.
  `),
  set_timer: lines(`
    Set a {minutes} minute timer.
    Start a timer for {minutes} minutes.
    Give me a timer of {minutes} minutes.
    Start a countdown of {minutes} minutes.
    I need a timer for {minutes} minutes.
    Can you time {minutes} minutes?
    Let me know after {minutes} minutes.
  `),
  book_table: lines(`
    Reserve a table for {people} on {day}.
    Book a table on {day} for {people}.
    Get us a table for {people} on {day}.
    Make a reservation for {people} on {day}.
    On {day} we want a table for {people}.
    Please reserve for {people} people on {day}.
    Can we get a table for {people} on {day}?
    Dinner for {people} on {day}, please book.
    We come on {day} with {people} people, book a table.
    A reservation on {day} for {people}, please.
  `),
  order_food: lines(`
    I want to order {count} {dish}.
    Please order {count} {dish}.
    I'd like {count} {dish}.
    Could we get {count} {dish}?
    Have {count} {dish} delivered.
    Send {count} {dish} to my door.
    We would like to eat {count} {dish}.
    Order for us: {count} {dish}.
  `),
  find_contact: lines(`
    Find {name} in my address book.
    Give me the contact of {name}.
    I need the phone number of {name}.
    Get me the number of {name}.
    Where is the contact {name}?
    Open the contact of {name}.
    Can you find the contact for {name}?
  `),
}
