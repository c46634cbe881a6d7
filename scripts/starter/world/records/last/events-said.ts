import { lines } from '../../list.ts'

/** Short, plain ways to say what texts about an event say. */
export const EVENT_SAID_LAST = {
  day: lines(`
    {s} will be held on {v}.
    {s} starts on {v}.
    {s} is scheduled for {v}.
    {s} opens on {v}.
    {s} is set for {v}.
    {s} falls on {v}.
    The date of {s} is {v}.
    {s} is to take place on {v}.
    {s} kicks off on {v}.
    {s} happens on {v}.
    {s} will open its doors on {v}.
    The organizers have set {v} as the date of {s}.
    The opening day of {s} is {v}.
    Save the date: {s} is on {v}.
    Join us on {v} for {s}.
    {v} is the date of {s}.
    {v} is the first day of {s}.
    {v} has been chosen as the date for {s}.
    {v} marks the opening of {s}.
    The start of {s} is planned for {v}.
    The calendar lists {s} under {v}.
    {s}, which starts on {v}, is open to all.
    We look forward to seeing you at {s} on {v}.
    {s} has been announced for {v}.
    {s} gets going on {v}.
    {s} is dated {v}.
    The date fixed for {s} is {v}.
    This year {s} is on {v}.
    It will be held on {v}.
    It is scheduled for {v}.
    It opens on {v}.
    It falls on {v} this year.
    It kicks off on {v}.
    It is due to start on {v}.
    It will run on {v}.
    Its date is {v}.
    Its opening day is {v}.
    Its start date is {v}.
    Its date has been set for {v}.
    When: {v}.
    The event is on {v}.
    The event date is {v}.
    The event will begin on {v}.
    The scheduled date is {v}.
    The big day is {v}.
    The doors open on {v}.
    The first day is {v}.
    The opening is on {v}.
    The programme starts on {v}.
    Starting on {v}, it is open to the public.
    Please keep {v} free for it.
    Mark {v} in your calendar.
    On {v} it opens to the public.
    On {v} the event begins.
    The organizers settled on {v} as the date.
    We start on {v}.
  `),
  city: lines(`
    {s} takes place in {v}.
    {s} will be held in {v}.
    {s} is hosted by {v}.
    {s} is hosted in {v}.
    {s} is staged in {v}.
    {s} is based in {v}.
    {s} comes to {v} this year.
    {s} happens in {v}.
    {s} is being organized in {v}.
    {s} meets in {v}.
    {s} has {v} as its host city.
    {s} has found a home in {v}.
    {s} will be set up in {v}.
    {s}, held in {v}, is open to everyone.
    The host city of {s} is {v}.
    The venue of {s} is in {v}.
    The location of {s} is {v}.
    The setting for {s} is {v}.
    The home of {s} is {v}.
    The city of {v} hosts {s}.
    The organizers chose {v} as the place for {s}.
    Visit us in {v} for {s}.
    Visitors to {s} should travel to {v}.
    Everyone going to {s} must get to {v}.
    {v} hosts {s}.
    {v} is the host city of {s}.
    {v} is the home of {s}.
    {v} is where {s} takes place.
    {v} was selected as the site of {s}.
    People come to {v} for {s}.
    It takes place in {v}.
    It will be held in {v}.
    It is hosted by the city of {v}.
    It is staged in {v}.
    It is located in {v}.
    It happens in {v}.
    It will come to {v}.
    It is put on in {v}.
    Its location is {v}.
    Its host city is {v}.
    Its venue lies in {v}.
    Its home is {v}.
    Place: {v}.
    Where: {v}.
    Location: {v}.
    The event is in {v}.
    The event takes place in {v}.
    The venue is in {v}.
    The city is {v}.
    The host is the city of {v}.
    The meeting place is {v}.
    The event hall is in {v}.
    The chosen city is {v}.
    This year it is in {v}.
    The city hosting the event is {v}.
    {v} is the venue.
    {v} is the host city.
    {v} is hosting the event.
    We meet in {v}.
    The site is in the middle of {v}.
  `),
  ticket: lines(`
    Tickets for {s} cost {v}.
    A ticket for {s} costs {v}.
    Tickets to {s} are {v} each.
    Tickets for {s} are on sale for {v}.
    Tickets for {s} sell at {v}.
    Tickets for {s} are available for {v}.
    Admission to {s} is {v}.
    Admission to {s} costs {v} per person.
    The ticket price for {s} is {v}.
    The entrance fee for {s} is {v}.
    The admission fee of {s} amounts to {v}.
    The price of admission to {s} was set at {v}.
    The cost of attending {s} is {v}.
    A seat at {s} costs {v}.
    A pass for {s} is {v}.
    {s} charges {v} for admission.
    {s} costs {v} to attend.
    {s} has an entry fee of {v}.
    {s} asks {v} per ticket.
    {s}, with tickets at {v}, is open to all.
    Visitors to {s} pay {v} for a ticket.
    You pay {v} to get into {s}.
    You can get into {s} for {v}.
    Everyone who enters {s} pays {v}.
    It takes {v} to buy a ticket for {s}.
    Each ticket to {s} is priced at {v}.
    Attending {s} will cost you {v}.
    {v} is the ticket price for {s}.
    {v} gets you into {s}.
    A ticket is {v}.
    One ticket costs {v}.
    Tickets cost {v}.
    Tickets cost {v} at the door.
    Tickets go for {v}.
    Tickets are sold at {v}.
    Tickets can be bought for {v}.
    Tickets are priced at {v} each.
    Each ticket costs {v}.
    Admission is {v}.
    Admission costs {v}.
    Entry is {v}.
    Entry costs {v} per head.
    The ticket price is {v}.
    The price per ticket is {v}.
    The entrance fee is {v}.
    The admission charge is {v}.
    The cover charge is {v}.
    Its tickets cost {v}.
    Its admission price is {v}.
    It costs {v} to get in.
    It costs {v} to attend.
    Visitors pay {v} to enter.
    You can buy a ticket for {v}.
    The box office asks {v} for a ticket.
    A seat can be booked for {v}.
    Price: {v} per ticket.
    Tickets: {v}.
    {v} is the price of admission.
    Getting in costs {v}.
  `),
  speaker: lines(`
    {v} speaks at {s}.
    {v} will speak at {s}.
    {v} is the speaker at {s}.
    {v} is the keynote speaker of {s}.
    {v} gives the talk at {s}.
    {v} will give a speech at {s}.
    {v} opens {s} with a speech.
    {v} has been booked as the speaker for {s}.
    {v} is giving the lecture at {s}.
    {v} takes the stage at {s}.
    {v} will deliver the keynote at {s}.
    {v} presents the main talk at {s}.
    {v} is coming to {s} to give a talk.
    The speaker at {s} is {v}.
    The keynote speaker of {s} is {v}.
    The main speaker at {s} will be {v}.
    The talk at {s} is by {v}.
    The speech at {s} will be given by {v}.
    The keynote of {s} is delivered by {v}.
    The lecturer at {s} is {v}.
    The voice on the stage of {s} is that of {v}.
    {s} features a talk by {v}.
    {s} has {v} as its speaker.
    {s} opens with an address by {v}.
    {s} presents {v} as guest speaker.
    {s} welcomes {v} as its speaker.
    {s} includes a lecture by {v}.
    At {s}, {v} will talk.
    The organizers of {s} have asked {v} to speak.
    Come to {s} and listen to {v}.
    {v} speaks.
    {v} is the speaker.
    {v} will give the talk.
    {v} will be speaking.
    {v} is the guest speaker.
    {v} is the keynote speaker.
    {v} holds the speech.
    {v} gives the opening address.
    {v} will deliver the lecture.
    {v} is on stage as the speaker.
    {v} does the talking.
    The speaker will be {v}.
    The guest speaker is {v}.
    The keynote speaker is {v}.
    The main speaker is {v}.
    The speech is given by {v}.
    The lecture is held by {v}.
    The keynote comes from {v}.
    The opening speech is by {v}.
    The talk will be delivered by {v}.
    Its speaker is {v}.
    Its keynote speaker is {v}.
    It features {v} as speaker.
    It opens with a speech by {v}.
    Speaker: {v}.
    Keynote: {v}.
    There will be a talk by {v}.
    Our speaker is {v}.
    Listen to {v} speak on stage.
    The invited speaker is {v}.
  `),
  guests: lines(`
    {v} people will attend {s}.
    {v} guests will attend {s}.
    {v} people are expected at {s}.
    {v} visitors are expected at {s}.
    {v} guests have been invited to {s}.
    {v} people have registered for {s}.
    {v} people take part in {s}.
    {v} participants have signed up for {s}.
    {v} guests are coming to {s}.
    {v} people will visit {s}.
    {s} expects {v} guests.
    {s} expects {v} visitors this year.
    {s} will have {v} guests.
    {s} has {v} participants.
    {s} draws {v} people.
    {s} attracts {v} visitors.
    {s} brings together {v} people.
    {s} has room for {v} guests.
    {s} is expected to draw {v} visitors.
    {s} counts {v} guests.
    {s} will welcome {v} visitors.
    {s}, with {v} people attending, is open to all.
    The number of guests at {s} is {v}.
    The number of visitors to {s} is put at {v}.
    The attendance of {s} is {v}.
    The guest list of {s} has {v} names.
    The organizers of {s} expect {v} people.
    The organizers of {s} are planning for {v} guests.
    There will be {v} visitors at {s}.
    An audience of {v} is expected at {s}.
    {v} people will come.
    {v} people will attend.
    {v} people are expected.
    {v} people have registered.
    {v} guests will be there.
    {v} guests have been invited.
    {v} guests are on the list.
    {v} visitors are coming.
    {v} participants are expected.
    {v} attendees have signed up.
    It expects {v} guests.
    It will have {v} visitors.
    It draws {v} people.
    It welcomes {v} guests.
    It has room for {v} people.
    It is attended by {v} people.
    Its attendance is {v}.
    Its guests number {v}.
    Its guest list has {v} people on it.
    The number of visitors is {v}.
    The expected attendance is {v}.
    The number of participants is {v}.
    The guests number {v}.
    The crowd will be {v} people.
    The hosts expect {v} guests.
    We expect {v} visitors.
    There are {v} people on the guest list.
    Attendance: {v} people.
    Guests: {v}.
    An audience of {v} people is expected.
  `),
}
