import { lines } from '../../list.ts'

/** More ways to say what texts about it say. */
export const EVENT_SAID = {
  day: lines(`
    {v} is when it begins.
    {v} is the date printed on the poster of {s}.
    {v} was picked as the opening day.
    On {v} the music and the talking start.
    {v} will see the start of {s}.
    {v} has been marked in every calendar because of {s}.
    On {v} it all gets under way.
    {v} is the day that everyone is waiting for.
    {v}, says the programme, is the day to come.
    On {v} people gather for {s}.
    {v} stands in the diary as the date of {s}.
    From {v} visitors are let in.
    {v}: this is the day on which {s} opens.
    {v} turned out to be the best date for it.
    On {v}, and on no other day, {s} can be visited.
    {v} is given as the time of the opening.
    On {v} the gates are unlocked for the first visitors.
    {v} was named by the planners as the day of the event.
    Not before {v} does {s} start.
    {v} is the date one should remember.
    The calendar shows {v} as the day of the event.
    Those who wait until {v} can be there at the opening.
    {S} was fixed for {v} by its planners.
    What happens on {v} is the opening of {s}.
    If nothing changes, {v} is when {s} gets started.
    The poster names {v} as the opening day.
    It was decided that {v} would be the date.
    There is a circle around {v} in the calendar for {s}.
    One day, {v}, belongs to {s}.
    The letter says that on {v} the event begins.
    People talk of {v} as the great day of {s}.
    Nobody should plan anything else on {v}, the day of the opening.
    When the sun rises on {v}, {s} will be about to start.
    Its date, which is {v}, has been known for long.
    We were told to come on {v} for the opening.
    Once {v} has come, the event can begin.
    Of all days they picked {v} to open {s}.
    A note on the wall gives {v} as the starting date.
    The event, dated {v}, is written in the diary.
    Keep in mind that {v} is the date set for {s}.
    Date: {v}.
    Date of the event: {v}.
    Start of {s}: {v}.
    When is it? On {v}.
    The planners agreed to hold {s} on {v}.
    Everyone says that it opens on {v}.
    In the calendar {s} is found under {v}.
    The opening was put on {v}.
    It will get going on {v}.
    Its first visitors are let in on {v}.
    The day to write down is {v}.
    {S} has been scheduled for {v}.
    The long wait for {s} ends on {v}.
    A reader of the programme learns that the start is on {v}.
    Nothing happens until the opening on {v}.
    The time has been fixed, and it is {v}.
    Mark the calendar for {s}: {v}.
    Those who want to be there should come on {v}.
    The event carries the date {v}.
    What the poster calls the big day is {v}.
  `),
  city: lines(`
    {v} is where it happens.
    {v} is the town that plays host to {s}.
    {v} was picked as the location.
    In {v} the event will find its visitors.
    {v} welcomes {s} within its walls.
    {v} has offered its halls and squares to {s}.
    Through the streets of {v} people walk to the event.
    {v} is the town printed on the poster.
    {v}, they say, is the right town for {s}.
    In {v} stands the hall where {s} is put on.
    {v} will be full of visitors because of the event.
    To {v} they all travel for {s}.
    {v}: that is where people gather.
    {v} serves as the venue.
    {v} was named by the planners as the host city.
    Near the centre of {v} one finds {s}.
    {v} has won the right to host the event.
    In {v}, and nowhere else, can {s} be seen.
    {v} is the spot on the map to look for.
    {v} gives the event a roof.
    The map shows {v} as the site of the event.
    Those who live in {v} have only a short walk to {s}.
    The streets of {v} lead to the hall of the event.
    {S} has chosen {v} as its venue.
    What draws people to {v} is {s}.
    There is a hall in {v} where it all happens.
    It was decided that {v} would be the host city.
    A train to {v} carries the visitors of {s}.
    One city, {v}, has been given the honour of hosting it.
    The people of {v} look forward to having {s} in their town.
    Every hotel in {v} is full because of the event.
    Its venue, which is in {v}, is easy to find.
    If one goes to {v}, one can walk right into {s}.
    We were told to travel to {v} for the event.
    The poster names {v} as the location.
    Of all cities they picked {v} to host {s}.
    The mayor of {v} opens the event at home.
    Visitors find {v} on the map before they set out for {s}.
    Being held in {v}, it is close to many hotels.
    Look to {v} if you want to know where it happens.
    Where it happens: {v}.
    Venue of {s}: {v}.
    Place of the event: {v}.
    Where is it? In {v}.
    The planners agreed to bring {s} to {v}.
    Everyone says that it goes on in {v}.
    The host city of {s} is called {v}.
    All roads to the event lead to {v}.
    It has found a home in {v}.
    Its tents and stages are put up in {v}.
    The town to travel to is {v}.
    {S} is located in {v}.
    The hall rented for {s} lies in {v}.
    A reader of the programme learns that the venue is in {v}.
    People from far away will meet for it in {v}.
    Its location has been settled, and it is {v}.
    Those who look for {s} will find it in {v}.
    Visitors leave the train at {v}.
    {S} will be staged in {v}.
    What the poster gives as the location is {v}.
  `),
  ticket: lines(`
    {v} must be paid for a ticket.
    {v} is what a ticket to {s} costs.
    {v} is charged for one seat.
    For {v} the door of {s} is open to anyone.
    {v} buys a ticket.
    {v} has to be handed over at the entrance of {s}.
    With {v} in the purse one can pay for entry.
    {v} is printed on every ticket as its price.
    {v}, says the man at the counter, is the entry fee.
    {v} per person is the fee for {s}.
    {v} a ticket: this is what the sellers ask.
    {v} seems a lot of money for one ticket to {s}.
    {v} was named as the cost of admission.
    With less than {v} nobody gets into {s}.
    {v} is the fee at the gate.
    {v} goes into the cash box for each visitor of {s}.
    {v} has been asked for every ticket that was sold.
    {v} is enough to pay for one seat at {s}.
    For just {v} a ticket can be yours.
    {v} is the sum that lets one person in.
    The sellers want {v} for one ticket.
    Those who pay {v} are let into {s}.
    A seat at {s} can be had for {v} at the counter.
    {S} asks {v} of each visitor as an entry fee.
    What one gets for {v} is a ticket to {s}.
    There is a fee of {v} to enter.
    It was decided that {v} would be the ticket price.
    A sign with {v} on it shows the cost of entry to {s}.
    One ticket, at {v}, lets one person in.
    The cashier takes {v} and hands out a ticket.
    People spend {v} to get a seat at {s}.
    Its price, which is {v}, is printed on each ticket.
    If you have {v}, you can buy a ticket for {s}.
    We were told to bring {v} for the ticket.
    The poster names {v} as the cost of a ticket.
    Every visitor leaves {v} at the cash desk of {s}.
    Nobody gets a ticket for less than {v} from the sellers.
    A fee of {v} is taken at the gate.
    Some say that {v} is too much for a ticket to {s}.
    Without paying {v} no one may pass the gate.
    Price of a ticket: {v}.
    Entry fee for {s}: {v}.
    Tickets now on sale at {v}.
    How much is a ticket? It is {v}.
    The planners agreed to sell each ticket to {s} at {v}.
    Everyone says that a ticket sets you back {v}.
    The cost of going to {s} is {v}.
    Admission has been fixed at {v}.
    A visitor gets in by paying {v}.
    A single seat is priced at {v}.
    The sum to pay at the gate is {v}.
    {S} lets people in for {v}.
    The fee for a visit to {s} amounts to {v}.
    A reader of the poster learns that tickets cost {v}.
    On each ticket is printed the price of {v}.
    The money needed for a ticket comes to {v}.
    Those who wish to enter {s} must pay {v}.
    For one ticket the cashier asks {v}.
    Seats at {s} are on sale at {v}.
    What the sellers call the ticket price is {v}.
  `),
  speaker: lines(`
    {v} is the one who speaks.
    {v} holds the main speech at {s}.
    {v} was invited as the speaker.
    {v} has agreed to speak to the crowd at {s}.
    {v} will step up to the microphone.
    {v} is named in the programme as the speaker of {s}.
    {v} delivers the speech.
    {v}, says the programme, will talk to the people.
    {v} is about to address the visitors of {s}.
    From {v} people will hear the opening speech.
    {v} has written a speech for {s}.
    {v}: this is the name of the speaker.
    {v} speaks while the others listen.
    To {v} was given the task of speaking at {s}.
    {v} was picked to hold the lecture.
    {v} is going to lecture at {s}.
    {v} lends a voice to the event as its speaker.
    {v} takes the stage to give a speech at {s}.
    {v} has the word when the talk begins.
    {v} is the voice behind the microphone.
    The speech that {v} has prepared will be heard by all.
    Those who like to listen to {v} should come to {s}.
    The programme lists {v} as the one who gives the lecture.
    {S} has invited {v} to make a speech.
    What {v} has to say will be heard at {s}.
    There is a speech by {v} on the programme.
    It was decided that {v} would be the speaker.
    A speech held by {v} is part of {s}.
    One speaker, {v}, was invited.
    The microphone is handed to {v} for the speech.
    People are eager to listen when {v} lectures at {s}.
    Its speaker, who is called {v}, has much to tell.
    If {v} does not fall ill, the speech at {s} will be given.
    We were told that {v} holds the speech.
    The poster names {v} as the speaker of the event.
    Of all speakers they invited {v} to {s}.
    The stage belongs to {v} during the lecture.
    Everyone grows silent as {v} begins the talk.
    With {v} as its speaker, {s} will draw many listeners.
    A letter asked {v} to lecture there.
    Speaker of the event: {v}.
    Speech at {s}: {v}.
    The talk is by {v}.
    Who is the speaker? It is {v}.
    The planners of {s} agreed to give the microphone to {v}.
    Everyone says that the speech comes from {v}.
    The lecture at {s} is held by {v}.
    The one invited to speak is {v}.
    The words from the stage will come from {v}.
    Its main speech was entrusted to {v}.
    The name of the speaker is {v}.
    {S} has as its speaker {v}.
    The voice heard over the microphone at {s} is that of {v}.
    A reader of the programme learns that the speaker is {v}.
    Nobody there speaks but {v}.
    When the lecture starts, all eyes are on {v}.
    Those who go to {s} can hear a lecture by {v}.
    The listeners clap for the speaker, {v}.
    The speech of {s} will be delivered by {v}.
    What people come for is a lecture from {v}.
  `),
  guests: lines(`
    {v} people are going to be there.
    {v} visitors have signed up for {s}.
    {v} is the expected number of visitors.
    {v} names are on the guest list of {s}.
    {v} chairs were put out, one for each guest.
    {v} people want to take part in {s}.
    With {v} visitors the hall is filled.
    {v} invitations were accepted by guests.
    {v}, says the doorman, is the count of the guests.
    {v} guests fill the rows at {s}.
    {v} people have been invited.
    {v} is how many visitors {s} will receive.
    {v} seats are taken by guests.
    {v} people make up the crowd at {s}.
    {v}: so many guests were counted.
    {v} pairs of hands will clap at {s}.
    {v} guests are to be given a seat.
    {v} persons will pass through the doors of {s}.
    {v} was the number of people on the list.
    {v} people are said to be taking part.
    The guest list holds {v} names.
    Those who come will be {v} in all, counting every guest.
    The hall of {s} must find room for {v} people.
    {S} draws {v} visitors.
    What awaits {v} people is a seat at {s}.
    There is room for {v} visitors in the hall.
    It was decided that {v} people would be invited.
    A list with {v} guests lies at the entrance of {s}.
    No fewer than {v} people will turn up.
    The doorman counted {v} people coming in.
    Cooks are making a meal for the {v} guests of {s}.
    Its visitors, {v} of them, will fill the hall.
    If all of them come, {v} people will be at {s}.
    We were told to set out chairs for {v} visitors.
    The planners reckon with {v} people.
    Of those invited, {v} have promised to visit {s}.
    A group of {v} visitors will be let in.
    Some say that {v} guests are too many for the hall.
    In the hall of {s}, {v} people will sit side by side.
    All together {v} people have asked for a seat.
    Number of visitors: {v}.
    Guests at {s}: {v}.
    Guests in all: {v}.
    How many guests? There are {v}.
    The planners of {s} put the number of visitors at {v}.
    Everyone says that the visitors number {v}.
    The count of people coming to {s} stands at {v}.
    The list of guests ends with number {v}.
    The crowd has a size of {v}.
    Counting all the visitors, one arrives at {v}.
    The total of invited people is {v}.
    {S} will be visited by a crowd of {v}.
    The seats that guests have taken at {s} are {v}.
    A reader of the list learns that the guests number {v}.
    The hall is to hold a crowd of {v}.
    When the guests were counted, the result was {v}.
    Those who will come to {s} are {v} in number.
    The visitors add up to {v}.
    The head count at {s} came to {v}.
    What the planners give as the number of people is {v}.
  `),
}
