import { lines } from '../../list.ts'

/** More ways to ask for it. */
export const EVENT_ASKED = {
  day: lines(`
    Date of {s}?
    {s} takes place on what day?
    Please give me the date of {s}.
    On which day of the calendar does {s} happen?
    For when is {s} scheduled?
    What day does {s} get under way?
    When should I mark {s} in my diary?
    When are the guests of {s} to arrive, on which date?
    Which date stands on the invitation to {s}?
    I would like to know the day of {s}.
    What day, month and year is {s}?
    Look up when {s} will happen.
    On what day can one attend {s}?
    When is {s} due to begin?
    How should I fill in the date for {s} on my calendar?
    By which date must I be ready for {s}?
    When does the calendar show {s}?
    What is the planned date for {s}?
    Could you say on which day {s} is held?
    When does it begin?
    When is the event?
    Day and month of the event, please.
    What date is given for the event?
    On which day will the event be held?
    Write down the date of the event.
    Which day has been fixed?
    When is it going to happen?
    For what day is the event announced?
    Quote the date from the text.
    When exactly, as a calendar date?
  `),
  city: lines(`
    City of {s}?
    {s} takes place in what city?
    Please tell me the location of {s}.
    Which town hosts {s}?
    What is the venue city for {s}?
    In which place will {s} be staged?
    Where can one attend {s}?
    Where on the map is {s} to be found?
    For which city should I book a train to {s}?
    I would like to know where {s} will be.
    Look up the town that {s} is held in.
    Which city welcomes {s}?
    At what location is {s} planned?
    What is the host city of {s}?
    Could you say in which town {s} is held?
    Within which city does {s} have its venue?
    Where are the guests of {s} going to gather?
    What city does the invitation to {s} give as the place?
    Whereabouts does {s} go on?
    Location of the event?
    Host city, please.
    Where is the event?
    In what town will the event be?
    Which city is the event in?
    Give the place where it is held.
    What location is named for the event?
    Where should one go to attend?
    Write down the city of the event.
    Which town do I need to get to?
    Where do people come together for it?
  `),
  ticket: lines(`
    Ticket price of {s}?
    A ticket for {s} is how much?
    What must one pay to attend {s}?
    How much money do I need for a ticket to {s}?
    Please give the price of admission to {s}.
    What is the entrance fee for {s}?
    How much is charged at the door of {s}?
    What sum buys a seat at {s}?
    What amount does a visitor pay to enter {s}?
    How dear is a ticket to {s}?
    I would like to know what {s} costs to visit.
    Look up the admission fee of {s}.
    For how much can one buy a ticket to {s}?
    What is the rate for one ticket to {s}?
    How much will {s} set me back?
    What does admission to {s} come to?
    How many dollars is a ticket to {s}?
    What figure is printed as the price on tickets for {s}?
    Could you say how much {s} charges for entry?
    Price per ticket?
    Cost of admission, please.
    How much does it cost to attend the event?
    What is the fee for the event?
    How much money does entry take?
    Give the amount that a ticket costs.
    What price is named for a ticket?
    What do I pay at the ticket desk?
    Write down how much one ticket is.
    How costly is it to go there?
    What is the charge for getting in?
  `),
  speaker: lines(`
    Speaker at {s}?
    {s} has whom as its speaker?
    Please give the name of the speaker at {s}.
    Who holds the speech at {s}?
    Who delivers the talk at {s}?
    Who takes the microphone at {s}?
    Whose words will be heard at {s}?
    Who addresses the audience of {s}?
    Who has been invited to {s} as a speaker?
    I would like to know who talks at {s}.
    Look up who is speaking at {s}.
    Whom does {s} present as a speaker?
    From whom comes the speech at {s}?
    Which name is printed as speaker in the programme of {s}?
    Who does the talking at {s}?
    Whom can one hear speak at {s}?
    Who stands at the lectern of {s}?
    What is the person lecturing at {s} called?
    Could you say whose talk is on at {s}?
    Speaker of the event?
    Name of the speaker, please.
    Who is speaking there?
    Who delivers the speech?
    Whose lecture is announced for the event?
    Give the person who will address the audience.
    Who is named as the speaker?
    By whom will the speech be made?
    Write down who gives the speech.
    Which person has been asked to speak?
    Whom will we listen to on stage?
  `),
  guests: lines(`
    Guest count of {s}?
    {s} expects how many guests?
    Please give the number of visitors at {s}.
    How many people will attend {s}?
    What is the expected attendance of {s}?
    How many persons take part in {s}?
    What is the guest total for {s}?
    How well attended will {s} be, in numbers?
    How many heads will one count at {s}?
    How many have been invited to {s}?
    I would like to know how many people {s} draws.
    Look up how many visitors {s} will get.
    For how many people is {s} planned?
    How long is the guest list of {s}?
    By how many people will {s} be visited?
    What is the size of the audience at {s}?
    How many chairs does {s} need for its guests?
    What figure is given for attendance at {s}?
    Could you say how many will show up at {s}?
    Number of guests?
    Expected attendance, please.
    How many people will be there?
    How many guests does the event have?
    What is the number of visitors?
    Give the total of people who attend.
    How many attendees are mentioned?
    How big is the audience?
    Write down how many guests there are.
    What size of crowd is expected?
    How many visitors does the event attract?
  `),
}
