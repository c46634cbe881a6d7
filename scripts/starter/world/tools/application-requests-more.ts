import { lines } from '../list.ts'

/** More ways to ask for what a tool does. */
export const APPLICATION_REQUESTS_MORE = {
  play_music: lines(`
    {song}, play that track.
    {song} would be nice to hear now.
    Blast {song} through the speakers.
    Queue up {song}.
    Let me hear {song}.
    Spin {song} on the record player.
    Start playing {song}.
    How about some music, say {song}?
    Could we hear {song} at dinner?
    I'm in the mood for {song}, play it.
    Give us the tune {song}.
    {song} is my favourite track, put it on.
    {song} is the music I need right now.
    Turn up the volume and play {song}.
    Music track: {song}
    DJ, give me {song}!
    Let's listen to {song} together.
    Sing along with me, play {song}.
    Repeat the track {song}.
    My kids want the song {song}, start it.
    Hit play on {song}.
    Background music, please: {song}
    Would love to hear the melody {song} again.
    Is the song {song} available? Play it.
    Switch the music to {song}.
    The next track should be {song}.
    {song}: play it loud.
    Let {song} sound through the whole house.
    I haven't heard {song} in years, put it on.
    Cheer me up with the song {song}.
    Can the speaker play {song}?
    Music, maestro, and make it {song}
    {song}, and put it on repeat.
    {song} on the music player, please.
    We'd enjoy {song} during the party, start the music.
    Everybody dance, here comes {song}, play!
    Skip this tune and play {song}.
    Please perform {song} on the stereo.
    Pick the song {song} from my playlist.
    No tune relaxes me like {song}, so turn it on.
  `),
  set_timer: lines(`
    {minutes} minutes on the clock, go!
    {minutes} minutes from now, give me a ring.
    Alarm in {minutes} minutes, please.
    Kitchen timer, {minutes} minutes
    The pasta boils for {minutes} minutes, so time it.
    Buzz me after {minutes} minutes.
    Let the timer run for {minutes} minutes.
    Could you beep when {minutes} minutes have gone by?
    I'm napping, get me up in {minutes} minutes.
    Start counting, {minutes} minutes
    Remind me in {minutes} minutes.
    {minutes} minutes, starting now, then beep.
    My cake bakes for {minutes} minutes, set an alarm.
    {minutes} minutes of study time, then ring the bell.
    Stop me after {minutes} minutes.
    I need an alarm {minutes} minutes from now.
    {minutes} minutes in the oven, then alert me.
    Would you alert me {minutes} minutes from now?
    After exactly {minutes} minutes, shout.
    Pizza in the oven, {minutes} minutes, watch the time.
    Sound the alarm when {minutes} minutes are gone.
    We have {minutes} minutes for the quiz, time us.
    {minutes} minutes and then an alarm, please.
    Let it ring {minutes} minutes from now.
    Timer, please, and make it {minutes} minutes.
    Put {minutes} minutes on the timer.
    How about a countdown from {minutes} minutes?
    I'd like a break of {minutes} minutes, call me back then.
    Ping me as soon as {minutes} minutes have elapsed.
    Wait {minutes} minutes, then wake me up.
    My laundry is done in {minutes} minutes, let me know then.
    Stopwatch down from {minutes} minutes, now
    Measure {minutes} minutes and tell me at the end.
    In {minutes} minutes, I want to hear a beep.
    Egg timer set to {minutes} minutes, please.
    {minutes} minutes of yoga, tell me when to stop.
    Can the alarm go off {minutes} minutes from now?
    Don't let me sleep longer than {minutes} minutes.
    Time my workout, it lasts {minutes} minutes.
    Begin a countdown lasting {minutes} minutes.
  `),
  book_table: lines(`
    {people} for dinner on {day}, get us a table.
    {day}, table for {people}, please.
    {day} we dine out, {people} of us, reserve something.
    On {day} we need seats for {people} at the restaurant.
    Seat {people} of us at a restaurant on {day}.
    Get a table on {day} that fits {people}.
    Restaurant reservation, {people} persons, {day}
    Could the restaurant seat {people} guests on {day}?
    We dine with {people} guests on {day}, reserve seats.
    Please secure a table on {day}, party of {people}.
    A party of {people} wants to dine on {day}.
    Organise a restaurant table for {people} diners on {day}.
    Dinner reservation on {day} for {people}, please.
    {people} people are coming to the restaurant on {day}, reserve.
    Try to get us in at the bistro on {day}, {people} persons.
    Reserve seats in the restaurant for {people} on {day}.
    Have the waiter keep a table for {people} on {day}.
    {day} at the restaurant, {people} seats needed
    My family of {people} would like to dine out on {day}.
    For {day}, reserve dinner places for {people}.
    Ask the pizzeria for a table on {day}, we are {people}.
    I'd love a table by the window for {people} on {day}.
    Can we eat out on {day} with {people} at the table?
    Arrange a dinner table on {day} to seat {people}.
    How about a restaurant booking for {people} on {day}?
    {people} hungry guests on {day}, so reserve a big table.
    Eating out on {day}, party of {people}, please reserve
    Let the restaurant know that {people} of us arrive on {day}.
    Phone the restaurant and get {people} seats on {day}.
    {day} works for all {people} of us, reserve the table.
    Birthday meal at a restaurant on {day}, table for {people}
    Would any restaurant have space for {people} on {day}? Reserve it.
    See that {people} guests get a table on {day}.
    Brunch on {day} with {people} persons, please reserve.
    Our club of {people} wants a restaurant table on {day}.
    Set up a booking at the diner for {people} on {day}.
    Place a reservation on {day} for a group of {people}.
    Need seats at a restaurant, {day}, {people} people
    The whole team eats out on {day}, so book for {people}.
    On {day} keep a restaurant table ready, {people} are coming.
  `),
  order_food: lines(`
    {dish}, {count} times, please.
    {dish} for lunch, quantity {count}.
    {count} times {dish} for delivery.
    I'd love {count} {dish} right now.
    Bring me {count} {dish}.
    Some food please, {count} {dish}
    Call the delivery service for {count} {dish}.
    Could the kitchen make {count} {dish}?
    Starving here, get {count} {dish} delivered.
    The kids fancy {dish}, order {count}.
    {dish} sounds tasty, I'll take {count}.
    Add {count} {dish} to my food order.
    Takeaway, please: {count} {dish}
    How about ordering {dish}, {count} in all?
    Tonight we eat {dish}, so order {count}.
    Have the cook prepare {count} {dish} for us.
    Deliver {count} {dish} to my door.
    Waiter, {count} {dish}, please!
    From the menu I pick {dish}, and {count} of that.
    I'm craving {dish}, send me {count}.
    Serve us {count} {dish}.
    Would you get {count} {dish} from the takeaway?
    My stomach is empty, I need {count} {dish}.
    Order in some {dish}, {count} times.
    {count} {dish} to go
    Lunch is {dish} and we want {count}.
    Let's have {dish} delivered, make it {count}.
    Please put in an order of {dish}, count {count}.
    Dinner wish: {count} {dish}
    Can the restaurant send over {count} {dish}?
    {dish} by courier, {count} times
    We could all eat {dish}, so get {count}.
    Request {count} {dish} from the kitchen.
    What I want to eat is {dish}, times {count}.
    I'll have {dish} to eat, {count} please.
    Meal order: {dish}, {count}
    Feed us! {count} {dish}, fast
    Grab {count} {dish} for supper.
    {count} of your {dish}, as fast as you can cook.
    Treat my guests to {dish}, {count} in total.
  `),
  find_contact: lines(`
    {name}: what's the phone number?
    {name} is in my address book, right? Show me.
    {name}, do I have a number there?
    Look in the phone book for {name}.
    Dig out the number for {name}.
    Have I saved {name} in my contacts?
    Where do I find the contact details of {name}?
    Pull up the contact card of {name}.
    I need to ring {name}, what's the number?
    Show the entry for {name} in the address book.
    Under which number can I phone {name}?
    Contact details for {name}, please.
    Is there an entry for {name} in my contacts?
    Phone number, {name}, quickly
    Could you look up how to call {name}?
    I want to get in touch with {name}, find the number.
    Check my contacts for someone called {name}.
    I've lost the phone number of {name}.
    Address book, please: {name}
    Which contact of mine is named {name}?
    Who has the number of {name}? Look it up.
    Find {name} among the people I know.
    Let me see the phone details for {name}.
    Give out the mobile number of {name}.
    I can't find {name} in my phone, can you?
    {name} has which telephone number?
    {name} in the contact list, please
    Somewhere in the address book there is {name}, show me.
    {name} should be among my contacts, look.
    What do my contacts list for {name}?
    Would you retrieve the telephone number of {name}?
    Help me reach {name} by phone.
    Before I dial, what number does {name} use?
    {name} wants a call, so find the number.
    The contact named {name}, please.
    Browse the contact list until you find {name}.
    Do we know how {name} can be phoned?
    I met {name} at a party, is there a contact?
    {name} is the person I must phone, find the number.
    Tell me if {name} has a number in my address book.
  `),
}
