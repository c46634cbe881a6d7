import { lines } from '../list.ts'

/** Still more ways to tell each and to ask for it. */
export const MAIN_TRAITS_MORE = {
  name: {
    told: lines(`
      {v} is the name on my passport.
      {v} is written on my birth certificate.
      {v}, that is me.
      {v} speaking, nice to meet you.
      {v} was the name my grandmother chose for me.
      {v} is how you can address me.
      {v} will do as a name for me.
      {v} stands on my name tag today.
      {v} would be the right name to use with me.
      {v} is what my mother shouts when dinner is ready.
      {v} has always been on my school reports as my name.
      {v} may sound odd, but that is truly my name.
      {v} is the name I introduce myself with.
      {v} was my grandfather's name, and now it is mine.
      {v} at your service, pleased to make your acquaintance.
      {v} is the first name my parents gave me.
      {v}, if you want to know who is typing.
      I answer to {v} wherever I go.
      Just use {v} when you talk to me.
      I was baptised {v} in a small church.
      Hi, {v} is typing this message to you.
      You have {v} on the line, so greet me nicely.
      Feel free to use {v} as my name from now on.
      I introduced myself as {v} at the party.
      Shout {v} in a crowd and I will turn around.
      The teacher wrote {v} next to my photo.
      Please address me as {v} in all your answers.
      My brother got a plain name, but I became {v} at birth.
      Please put {v} down as the name of this user.
      The nurse wrote {v} on my wristband when I was born.
      My colleagues greet me with {v} every morning.
      I have been {v} ever since I was born.
      I picked {v} as my name when I turned eighteen.
      You can say {v} to me, that is my name.
      Hello there, I'm known as {v}.
      Name on file: {v}.
      First name of the user: {v}.
      Allow me to introduce myself formally as {v}.
      Nice to meet you, the name I carry is {v}.
      Hey, this is {v}.
      My passport says I am {v}.
      When I was born, my father decided on {v}.
      On every form I fill in the name {v}.
      My nickname and my real name are both {v}.
      The label on my coat tells you I am {v}.
      My username here is the same as my name, {v}.
      I would like to be addressed as {v}.
      You forgot to ask who I am, so here it is: {v}.
      My aunt wanted another name, but I ended up as {v}.
      If somebody phones for me, they ask for {v}.
    `),
    asked: lines(`
      Can you recall what I am called?
      What did my parents name me?
      How did I introduce myself to you?
      What name did I give you earlier?
      Please greet me by my name.
      Who do you think you are chatting with?
      What is written on my name tag?
      I forgot, what did I call myself?
      Any idea what my name might be?
      How would you address me?
      State the name of the user, meaning me.
      What should I be addressed as?
      Do you happen to know who I am?
      Quick test: who is your user?
      Let's see if you know who I am.
      Whom are you speaking with right now?
      Tell me who I said I was.
      What name would you write on my birthday card?
      Start your answer with my name.
      I want to hear you say what I'm called.
      Did you note down what I am called?
      What name is in my passport?
      Tell me again, who am I?
      Prove that you have not forgotten my name.
      Which first name did I mention at the start?
      What do my friends call me?
      Address me properly, with the name I gave.
      Are you able to tell me what my name is?
      When someone calls for me, what do they shout?
      I wonder whether you remember what I'm called.
    `),
  },
  city: {
    told: lines(`
      {v} has been my home since I was a baby.
      {v} is the place where I pay my rent.
      {v} is my place of residence.
      {v} is on my postal address.
      {v} became my home after the wedding.
      {v} is the town where I sleep every night.
      {v} is where you would have to ring my doorbell.
      {v} got a new citizen when I moved there in spring.
      {v} born and bred, and I still live there.
      {v} suits me well, so I have lived there for ten years.
      {v} is noisy, but it is the city I live in.
      {v} is the city whose mayor I voted for, as a resident.
      {v} is where my bed and my kitchen are.
      {v} will always be the city I return to after holidays.
      {v}: that is where my apartment is.
      {v} may be far away, but I live there.
      {v} has me as one of its residents.
      I am a resident of {v} these days.
      I rent a room in {v} with two students.
      I bought a house in {v} last summer.
      We settled down in {v} because of the good schools.
      Life in {v} is good, I have lived there since May.
      My husband and I chose {v} as the city to live in.
      I grew up in {v} and I live there still.
      I call {v} my home.
      You can send parcels to {v}, that is where I live.
      The streets of {v} are the ones I walk home on.
      I am based in {v} for the time being.
      I have an apartment in {v} near the station.
      I pay my taxes in {v} because I live there.
      After the war my parents fled to {v}, where we still live.
      Greetings from {v}, the city where I live.
      I left the village for {v} and have lived there since.
      My neighbours in {v} say I am a quiet tenant.
      Home at present: {v}.
      City of residence: {v}.
      Place where I live: {v}.
      My address ends with the word {v}.
      Because of my job I had to relocate to {v}.
      My apartment is right in the centre of {v}.
      I currently inhabit a tiny attic in {v}.
      After work I take the train back home to {v}.
      Ten years ago I unpacked my boxes in {v}.
      My wife comes from abroad, but our house stands in {v}.
      I am writing from my living room in {v}.
      My garden and my house are both in {v}.
      If you look for my house, search the map for {v}.
      I am a proud citizen of {v}.
      My mailbox hangs on a wall in {v}.
      I do not want to move away from my home in {v}.
    `),
    asked: lines(`
      What is my place of residence?
      In which city is my apartment?
      Can you recall where I am based?
      What town did I say I was from?
      Where do I sleep at night, in which city?
      Of which city am I a resident?
      Which city is on my address?
      Where would a taxi have to take me home?
      To which city would you post a parcel for me?
      Tell me again where I reside.
      I mentioned my home town earlier, what was it?
      Where on the map would you find my house?
      Any idea which city I live in?
      Say in which city I have my flat.
      Quick test: where am I living?
      What did I tell you about where I live?
      Where have I settled?
      State my city of residence.
      Please repeat the name of the place I live in.
      I wonder if you know where my home is.
      Where do I rent my place?
      Which city am I a citizen of?
      What city should I type in as my address?
      Where do I return to after a holiday?
      Did you note down which city I live in?
      Where is it that I hang my hat?
      Let's see if you remember my home town.
      In what city are my neighbours and my house?
      Fill in my home city for me.
      Whereabouts do I live?
    `),
  },
  number: {
    told: lines(`
      {v} is the number I want you to keep.
      {v} is the number I always bet on.
      {v} stands on the back of my shirt as my number.
      {v} is the number printed on my ticket.
      {v} brings me luck, so it is my number.
      {v} is the figure I would like you to store.
      {v} was assigned to me as my number.
      {v} is the number I was handed at the counter.
      {v} will be my number for the whole race.
      {v} has always been a special number to me.
      {v}, that is the number you must remember for me.
      {v} is my favourite among all the numbers.
      {v} should stay in your memory as my number.
      {v} is the number of my room.
      {v} happens to be the number I like most.
      {v} came out of the hat as my number.
      {v} is the value I ask you to memorise.
      I chose {v} as my number.
      I was given {v} as my number at the desk.
      Please memorise {v}, it is my number.
      I wear {v} as my number when I play football.
      Please store {v} as the number that belongs to me.
      I consider {v} to be my lucky number.
      My coach gave me {v} as my shirt number.
      I always put my money on {v}, my lucky number.
      Make a note of {v}, I will need that number again.
      I would like {v} to be remembered as my number.
      Don't let {v} slip your mind, it is my number.
      Treat {v} as the number I entrusted to you.
      I waited until {v} was called, as that was my number.
      Whenever I see {v} I smile, it is my favourite number.
      The clerk called out {v} and I knew it was my number.
      I am telling you {v} so that you keep this number.
      I took {v} as my number because it sounds nice.
      Number to store: {v}.
      Lucky number of this user: {v}.
      Note to keep for me, the number is {v}.
      The number I would like you to memorise is {v}.
      When I roll the dice, I hope for my number, {v}.
      In the waiting room I pulled the number {v}.
      My locker bears the number {v}.
      At the marathon I run with the number {v}.
      The number I care about is {v}.
      Of all the numbers I like best {v}.
      If I forget my own number, tell me it was {v}.
      Somebody asked for my number and I answered {v}.
      Kindly record that my number equals {v}.
      My secret number, just between us, is {v}.
      I play the lottery and always tick my number, {v}.
      My grandmother and I share the same lucky number, {v}.
    `),
    asked: lines(`
      Can you recall the number I gave you?
      Which lucky number did I mention?
      Which figure did I ask you to store?
      What number did I want you to memorise?
      Tell me again which number is mine.
      Any idea what my number was?
      I mentioned a number earlier, what was it?
      State my number.
      Which number did they assign to me?
      What's the number I entrusted to you?
      Quick test: which digits did I tell you?
      Which number stands on my ticket?
      How high is the number I told you?
      I forgot my number, can you help me?
      Did you note down my number?
      Please read my number back to me.
      Do you have my number at hand?
      Which number do I always bet on?
      What number is special to me?
      Type the number I mentioned before.
      Let's see if you memorised my number.
      I wonder whether you know which number I have.
      What number was I given?
      Bring my number back to mind, please.
      What were the digits of my number?
      Fill in my number for me.
      Which number did I pick?
      What number would be called if it were my turn?
      Show me the number I asked you to keep.
      Between us, which number did I tell you about?
    `),
  },
  colour: {
    told: lines(`
      {v} wins whenever I have to choose a colour.
      {v} is the shade I adore.
      {v} beats every other colour in my eyes.
      {v} has been my favourite shade since kindergarten.
      {v} is my number one colour.
      {v} is the colour of nearly all my shirts, because I love it.
      {v} looks best of all colours, if you ask me.
      {v} makes my heart beat faster than any other colour.
      {v} is the only colour I really care for.
      {v} is what I answer when people ask for my favourite colour.
      {v} crayons were always the first ones I used up, my favourite colour.
      {v} is the colour I dream in.
      {v} calms me, so it is the colour I prefer.
      {v} over any other colour, every time.
      {v} became my favourite colour when I was ten.
      {v} has to be my top colour.
      {v} is the tone I prefer for everything I wear.
      I prefer {v} to all other colours.
      I adore {v} as a colour.
      I chose {v} for my bike because it is my favourite colour.
      Anything in {v} catches my eye, it is my favourite shade.
      I rank {v} first among all the colours.
      I painted my bedroom {v} since that is my favourite colour.
      You would see me in {v} every day, so much I love that colour.
      I think {v} beats the rest of the rainbow.
      Honestly, {v} is my all-time favourite colour.
      I have a weakness for {v} when it comes to colours.
      I consider {v} the most beautiful of all colours.
      My eyes love {v} more than any other shade.
      I always ask for {v} because I like that colour best.
      I picked {v} for the curtains, as I love this colour.
      I never get tired of {v}, the colour I love.
      My heart belongs to {v} among the colours.
      I vote for {v} as the loveliest colour of all.
      Colour number one: {v}.
      Colour I prefer: {v}.
      The shade I like the most is {v}.
      When it comes to colours, nothing beats {v}.
      My whole wardrobe is in my favourite colour, {v}.
      If I could keep only one colour, I would keep {v}.
      I have loved one colour all my life, namely {v}.
      Of all the colours in the paint box I prefer {v}.
      My favourite part of the rainbow is {v}.
      My car had to be in the colour I adore, {v}.
      Ever since school my preferred colour has been {v}.
      The most beautiful colour in the world, to me, is {v}.
      You can please me with any gift in my favourite shade, {v}.
      The only colour I would ever wear to a party is {v}.
      I can't help it, my favourite hue is {v}.
      My sister likes pink, but the colour I prefer is {v}.
    `),
    asked: lines(`
      Which shade do I adore?
      What colour did I say I prefer?
      Can you recall my preferred colour?
      What is my number one colour?
      Which colour wins with me every time?
      What colour should my birthday balloons be?
      Tell me again which colour I love.
      In what colour would I paint my bedroom?
      Any idea what my favourite colour is?
      I mentioned a favourite colour earlier, what was it?
      Which crayon would I reach for first?
      State my favourite colour.
      What hue do I like the most?
      Pick a scarf for me, in which colour?
      Which part of the rainbow do I love best?
      Quick test: which shade do I favour?
      Do you know the colour I am fond of?
      Which colour do I prefer to all others?
      Say which colour I find most beautiful.
      Did you note down the colour I like?
      I wonder if you know my preferred shade.
      What colour ranks first on my list?
      In my eyes, what colour is the loveliest?
      Please repeat which colour I said I love.
      What colour would my dream car have?
      Which colour do I always choose?
      Let's see if you remember my favourite shade.
      What colour have I loved since I was small?
      Fill in my favourite colour for me.
      If I wore my favourite colour, what would it be?
    `),
  },
}
