import { lines } from '../list.ts'

/** More ways to ask for what a tool does. A colon before a word is English in them, and no type. */
export const PRODUCT_REQUESTS = {
  web_search: lines(`
    {query}: what can the internet offer?
    Browse the net for {query}.
    Hunt down some sites covering {query}.
    {query} interests me, so search the web.
    Any recent articles online concerning {query}?
    Let's see what Google knows of {query}.
    Surf the web for anything on {query}.
    Run {query} through a search engine.
    Put {query} into Google and show the hits.
    Top search results on {query}, please.
    I'm curious about {query}; check online sources.
    Dig up online material regarding {query}.
    {query}, quick internet lookup
    Has anything been published on the web about {query}?
    What's the buzz online around {query}?
    Scour the internet for facts on {query}.
    Please research {query} on the web.
    Where on the net could I learn about {query}?
    {query} is my topic, so bring me good websites.
    Recommend a few web pages that explain {query}.
    What headlines are there about {query} today?
    Query the search engine with {query}.
    Somebody must have blogged about {query}, find the posts.
    See whether the internet has something on {query}.
    I wish I had some links to articles on {query}.
    {query} came up at work, could you google it?
    For my school essay, gather internet sources on {query}.
    Fire up the browser and look for {query}.
    Online info on {query}, quickly
    Bing or Google, whichever, just find {query}.
    Discover what the wider web reports about {query}.
    {query}: latest news from the internet
    Point me to sites where {query} gets discussed.
    Which blogs and forums cover {query}?
    Crawl the web and list pages dealing with {query}.
    Are people talking about {query} on the internet?
    Need web results for {query} asap
    Try finding {query} somewhere on the world wide web.
    {query} still needs an online search.
    Anything fresh in the online press about {query}?
  `),
  search_documents: lines(`
    {query}: which of my papers treat it?
    Scan my uploads for {query}.
    Did any uploaded PDF mention {query}?
    {query} must be somewhere in my files.
    Comb through my documents for mentions of {query}.
    I once saved a report on {query}, dig it out of my files.
    Pull every passage concerning {query} from the uploads.
    Somewhere among my files is a paper dealing with {query}.
    Which pages of my documents cover {query}?
    Quote what my files contain about {query}.
    {query}, look it up in my papers.
    Within the uploaded material, locate {query}.
    Do the attached files discuss {query}?
    Browse my own documents for something on {query}.
    My files on {query}, quickly
    Is there a paragraph about {query} in what I uploaded?
    Show the lines in my papers where {query} appears.
    {query} was covered in a document of mine, which one?
    Hunt through my archive for {query}.
    Check whether {query} turns up in any of my documents.
    Need the excerpt on {query} from my uploads
    I'd like to see every file of mine touching {query}.
    Inside my documents, who writes about {query}?
    Let me know which upload treats {query}.
    According to my files, what is known of {query}?
    Retrieve the section about {query} from my documents.
    {query}: any hits in my files?
    Have I got a document that explains {query}?
    Dig around in my uploaded papers for {query}.
    Search whatever I uploaded and report on {query}.
    Only in my own files, please: {query}
    Could my documents tell us anything about {query}?
    Match {query} against the text of my files.
    Among all these uploads, find those regarding {query}.
    The PDFs I gave you, do they touch on {query}?
    {query} appears in my files, but where?
    Trace {query} across the document collection.
    Point out the document where I wrote about {query}.
    I lost my paper on {query}, look among the files.
    In the uploaded docs, any word of {query}?
  `),
  math_calculator: lines(`
    {expression} equals what?
    {expression}, just the exact answer
    Crunch {expression} for me
    Figure out {expression}
    Determine {expression} exactly
    Let the calculator handle {expression}
    Stuck on a maths exercise: {expression}
    Punch in {expression} and read me the result
    Could you solve {expression} mathematically?
    Simplify and evaluate {expression}
    {expression} is too hard for my head, compute it
    Quick maths: {expression}
    I wonder what {expression} gives
    What number or formula results from {expression}?
    Please do the maths on {expression}
    My teacher wants the solution of {expression}
    Exact result wanted: {expression}
    {expression} makes how much?
    Check my homework by computing {expression}
    {expression} in mathematics leads to what?
    Any idea what {expression} evaluates to?
    Let's calculate {expression} together
    Help with my algebra: {expression}
    Tap {expression} on the calculator keys
    By exact calculation, what would {expression} be?
    The exam has {expression} as a question, answer it
    Solution to {expression}, please
    Run the calculation {expression} now
    If I compute {expression} what comes out?
    {expression} needs calculating
    Don't guess, calculate {expression} precisely
    Do you know what {expression} ends up as?
    Show the outcome of {expression}
    Math problem here: {expression}
    Grab a calculator, then tell me {expression}
    How does {expression} work out?
    Have {expression} worked out by the calculator
    {expression}, could you solve that?
    I keep getting {expression} wrong, what is it really?
    Process this formula: {expression}
  `),
  python_executor: lines(`
    {task}, by way of Python
    {task}: code it in Python.
    Let a Python program find {task}.
    Fire up the Python interpreter and print {task}.
    Could you code up {task} in Python?
    Whip up some Python that outputs {task}.
    I want a script run in Python giving {task}.
    {task} should come from a Python run.
    Python code, please: {task}
    Show me what Python returns for {task}.
    Produce {task} by running Python code.
    Have the Python interpreter work on {task}.
    Please program {task}, Python preferred.
    Quick Python job: {task}
    Launch a Python snippet that displays {task}.
    Write code that prints {task}, then run it.
    {task} via Python, quickly
    I'd love to see Python produce {task}.
    Let's script {task} in Python.
    Solve this by Python code: {task}
    Develop and execute a program that yields {task}.
    A few lines of Python could give us {task}.
    Is Python able to generate {task}? Try it.
    Using a Python loop, obtain {task}.
    My coding class wants {task} from a Python program.
    {task} is what the Python script must print.
    Generate {task} programmatically with Python.
    Implement {task} in Python and show the output.
    What does Python print when asked for {task}?
    Open a Python shell and get {task}.
    Can a Python function return {task}? Execute it.
    Hack together some Python for {task}.
    The output of a Python program, namely {task}, please
    Try coding {task}, run the script, show its output.
    Build a tiny Python tool that computes {task}.
    {task}, and use Python for it.
    Need {task} from Python code asap
    Create a Python file computing {task} and execute it.
    Don't work it out by hand, let Python do {task}.
    Python exercise for you: {task}
  `),
  fetch_url: lines(`
    {url} is the page I want to read
    {url} please read this page
    Show me the text at {url}
    Grab whatever is written on {url}
    Check out {url} and tell me the gist
    Retrieve {url} from the server
    Someone sent me {url} so have a look
    Can you see what {url} contains?
    Summarise {url} in a few words
    I can't open {url} myself so read it for me
    Browse to {url} and report back
    Point your browser at {url}
    Access {url} and extract the text
    {url} has what kind of text on it?
    Would you load this address for me: {url}
    Print the contents of {url}
    Look at this website: {url}
    My friend shared a link with me: {url}
    Scrape the text off {url}
    The article is at {url} and I need its text
    Let me know what stands on {url}
    {url} has an article, fetch it
    Click on {url} and describe the page
    What will I find under {url}
    Bring me a copy of the page behind {url}
    Please take a look at {url} and summarise
    {url} is a link, open it and tell me its text
    Is there anything interesting on {url} today?
    Quick, the contents of {url}
    I'd like the full text of {url} here
    What kind of site is {url} anyway?
    Enter {url} in the browser and read out the page
    Could we read {url} together?
    Download needed: {url}
    {url} to be fetched and summarised
    Use this URL: {url}
    Report what the website {url} shows
    {url} in the browser please
    Tell me whether {url} loads and what it says
    Link to open: {url}
  `),
  current_time: lines(`
    Got the time?
    Any idea how late we have it?
    Today's date, quickly
    Is it already past noon?
    Is today a weekday?
    Is it Monday today or not?
    Please read me the clock.
    I forgot what day it is.
    I wonder which weekday this is.
    What calendar date do we have at present?
    Could you check the clock?
    Check today's date for me.
    Show the present date and hour.
    Time check, please.
    Which weekday are we on today?
    Has midnight passed yet?
    Is it still the morning?
    What's the time by your clock?
    Do you know today's date?
    I need today's date for a letter.
    How late has it got?
    The exact time, please.
    Now is what time of day?
    Clock and date, quick
    Tell me the day of the week.
    Are we still in the same month?
    What hour of the day is it?
    My phone is dead, so what's the time?
    I just woke up, how late is it now?
    Am I late? Give me the time.
    Let me know the hour and minute.
    What year does the calendar say?
    Is it the weekend already?
    What's the month and the year?
    Which day of the month is this?
    State the date as of now.
    Right now, which hour does the clock show?
    Is it night already?
    I'd like to know the hour, my clock is broken.
    The date stamp for this moment, please.
  `),
  analyze_data: lines(`
    {data}: what is the average?
    {data} are the values, give me mean and deviation
    Summarize the list {data} statistically
    Calculate the standard deviation of {data}
    Minimum, maximum and mean of {data}
    I measured {data} and want some statistics
    How do the values {data} vary?
    What is typical for the figures {data}?
    Average out {data} for me
    Take {data} as a sample and analyse it
    Statistically speaking, what about {data}?
    Here come my test scores, find their mean: {data}
    Inspect the data set {data}
    Is there much variation in {data}?
    Mean and median please: {data}
    Key figures for the series {data}
    Explore these values: {data}
    {data} are my measurements, describe them statistically
    Need quick stats on {data}
    Let me have the variance of {data}
    Could you examine the sample {data}?
    What pattern do the numbers {data} show?
    Break down the list {data} with mean and range
    On average, how big are {data}?
    Our sales were {data} so what's the mean?
    Determine how widely {data} are scattered
    Report average and range for {data}
    {data}: how scattered is that?
    {data} is what I measured, how large is the spread?
    Where does the middle of {data} lie?
    I've collected {data} and need a data analysis
    Interpret the following readings: {data}
    Provide a statistical overview of {data}
    From {data} derive the average
    Low, high and average of {data}
    With {data} as input, do some statistics
    Does {data} have a large standard deviation?
    {data} is my series, find its median
    Crunch the statistics for {data}
    Tell the mean value among {data}
  `),
  remember: lines(`
    {note}: keep that for later.
    {note}, don't let me forget it.
    {note} is something you must remember.
    Please memorize {note} for me.
    Put {note} in your memory.
    Make sure you still remember {note} tomorrow.
    Would you kindly note {note}?
    Save this for me: {note}
    For later reference: {note}
    Record {note} in the notes.
    Keep track of {note} for me.
    I always forget {note}, so store it.
    Scribble down {note} somewhere safe.
    Commit {note} to memory.
    Could you hang on to {note} until I ask?
    Please pin {note} to my notes.
    A note for later: {note}
    I'd hate to lose {note}, save it.
    {note} goes into my notes.
    My reminder is {note}, keep it.
    Let {note} be stored.
    Never forget {note}, okay?
    It matters to me that you retain {note}.
    Stash {note} away for another day.
    Log {note} as a memo.
    New memo: {note}
    Later I'll ask you about {note}, so memorize it.
    {note} has to be written down.
    Put it on record: {note}
    {note} should stay in your memory.
    Something worth keeping: {note}
    Will you keep {note} stored for me?
    Just so we don't forget: {note}
    I'm telling you {note} now, recall it when I ask.
    Add {note} to the things to remember.
    Mind this for later on: {note}
    Memory entry: {note}
    {note}, write it in the notebook.
    Enter {note} among my notes, please.
    Let's not forget about {note}, note it.
  `),
}
