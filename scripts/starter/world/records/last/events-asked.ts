import { lines } from '../../list.ts'

/** Short, plain ways to ask for what texts about an event say. */
export const EVENT_ASKED_LAST = {
  day: lines(`
    When is {s} held?
    When does {s} open?
    When will {s} be held?
    When will {s} begin?
    What date was set for {s}?
    What day is {s}?
    What is the start date of {s}?
    What is the opening day of {s}?
    On what date does {s} open?
    On which day does {s} start?
    On which date will {s} take place?
    Which date has {s}?
    Which date was chosen for {s}?
    Can you tell me when {s} is?
    Tell me the date of {s}.
    Do you know what day {s} starts?
    I want to go to {s}, which day is it?
    When do the doors of {s} open, on which date?
    For what day is {s} planned?
    When is it?
    When is it held?
    When does it start?
    When will it open?
    When will it happen?
    What is the date?
    What is its date?
    What date is it on?
    What day does it start?
    What is the event date?
    What is the opening date?
    On which day is it held?
    On what date will it begin?
    Which day is it on?
    Which date should I save?
    Tell me when it takes place.
    Please name the day it begins.
    Do you know the date?
    What is the first day of the event?
  `),
  city: lines(`
    Where does {s} take place?
    Where will {s} be held?
    Where is {s} hosted?
    Where is {s} being staged?
    Where do I have to go for {s}?
    What city hosts {s}?
    What is the location of {s}?
    What town is {s} in?
    What place was chosen for {s}?
    Which city is home to {s}?
    Which city will host {s}?
    In what town is {s} held?
    In which city does {s} take place?
    To which town must I travel for {s}?
    Can you tell me where {s} is held?
    Tell me which city {s} is in.
    Do you know the place of {s}?
    Name the host city of {s}.
    Where is it?
    Where is it held?
    Where will it take place?
    Where does it happen?
    Where is the venue?
    Where do people meet for it?
    What city is it in?
    What is its location?
    What is the host city?
    What town hosts it?
    Which city was chosen?
    Which town is it in?
    In which city is the event held?
    In what place will it be held?
    Please name the city.
    Tell me where it takes place.
    Do you know which town it is in?
    To which city do the visitors travel?
  `),
  ticket: lines(`
    How much is a ticket for {s}?
    How much does a ticket to {s} cost?
    How much do tickets for {s} cost?
    How much are tickets to {s}?
    How much does it cost to attend {s}?
    How much is admission to {s}?
    How much does entry to {s} cost?
    What does a ticket for {s} cost?
    What is the admission fee of {s}?
    What do visitors pay to get into {s}?
    What does it cost to get into {s}?
    What is the price of a seat at {s}?
    What does {s} charge for admission?
    For how much are tickets to {s} sold?
    Can you tell me what a ticket to {s} costs?
    Tell me the price of tickets for {s}.
    I want a ticket for {s}, how much is it?
    Does {s} cost anything, and how much?
    How much is one ticket?
    How much are the tickets?
    How much does a ticket cost?
    How much does it cost to get in?
    How much is the entry fee?
    How much is admission?
    How much do I pay at the door?
    What do tickets cost?
    What is the ticket price?
    What is the price of admission?
    What does entry cost?
    What does one seat cost?
    What is the entrance fee?
    What is charged for a ticket?
    At what price are the tickets sold?
    For what price can I get in?
    Tell me how much a ticket is.
    Please give me the ticket price.
    Do you know what admission costs?
    What must a visitor pay to enter?
  `),
  speaker: lines(`
    Who speaks at {s}?
    Who will speak at {s}?
    Who is the speaker at {s}?
    Who is the keynote speaker of {s}?
    Who gives the talk at {s}?
    Who gives a speech at {s}?
    Who is speaking at {s}?
    Who was invited to speak at {s}?
    Who delivers the keynote at {s}?
    Who is on stage at {s} as the speaker?
    Who gives the lecture at {s}?
    Who opens {s} with a speech?
    Which speaker does {s} have?
    Which person talks at {s}?
    What is the name of the speaker at {s}?
    Whose talk can I hear at {s}?
    Can you tell me who speaks at {s}?
    Tell me the speaker of {s}.
    Name the main speaker of {s}.
    Who will speak?
    Who is speaking?
    Who will be the speaker?
    Who is the guest speaker?
    Who is the keynote speaker?
    Who is the main speaker?
    Who gives the speech?
    Who is giving the talk?
    Who holds the lecture?
    Who was asked to speak?
    Who talks to the audience?
    Who delivers the keynote?
    What is the speaker's name?
    What is the name of its speaker?
    Which person gives the talk?
    Whose speech is it?
    By whom is the talk given?
    Please name the speaker.
    Tell me who speaks.
    Do you know who gives the talk?
  `),
  guests: lines(`
    How many people come to {s}?
    How many guests will attend {s}?
    How many guests does {s} expect?
    How many guests are expected at {s}?
    How many visitors will {s} have?
    How many visitors does {s} draw?
    How many people are expected at {s}?
    How many people are coming to {s}?
    How many people have registered for {s}?
    How many guests were invited to {s}?
    How many participants does {s} have?
    What is the number of guests at {s}?
    What is the attendance of {s}?
    What number of people will visit {s}?
    How big is the audience of {s}?
    For how many guests does {s} have room?
    Can you tell me how many people attend {s}?
    Tell me the number of guests at {s}.
    How long is the guest list of {s}, in names?
    How many guests?
    How many people will attend?
    How many visitors are expected?
    How many people are coming?
    How many guests were invited?
    How many people signed up?
    How many participants are there?
    How many visitors will it have?
    How many guests does it expect?
    How many names are on the guest list?
    How large will the crowd be?
    What is the number of guests?
    What is the expected attendance?
    What number of people is expected?
    Tell me how many guests will come.
    Please give the number of guests.
    Do you know how many people will attend?
  `),
}
