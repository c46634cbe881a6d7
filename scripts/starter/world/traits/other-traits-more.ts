import { lines } from '../list.ts'

/** Still more ways to tell each and to ask for it. */
export const OTHER_TRAITS_MORE = {
  pet: {
    told: lines(`
      A {v} is waiting for me at home, my dear pet.
      A {v} is the pet I chose.
      A {v} sleeps at the foot of my bed.
      A {v} has been my pet for three years.
      A {v} keeps me company at home.
      A {v} greets me when I come home from work.
      A {v} moved in with us in spring and is now our pet.
      A {v} is what I got from the animal shelter.
      A {v} runs around in my living room all day.
      A {v} makes a lot of noise in my flat, but I love my pet.
      A {v} was my present when I turned twelve, and I still have it.
      The {v} in my kitchen is my beloved pet.
      The {v} you hear in the background is my pet.
      My {v} is the sweetest pet in the world.
      My {v} needs to see the vet tomorrow.
      My {v} wants to play with me every evening.
      {v} owner here, with just one pet at home.
      I adopted a {v} from a shelter.
      I am the proud owner of a {v} with a funny face.
      I keep a {v} as my pet at home.
      We brought a {v} home last week as a family pet.
      My daughter begged for a {v}, so now we have one as a pet.
      I spend a lot on food for the {v} I have at home.
      I take my {v} to the vet every spring.
      I clean up after my {v} every single day.
      I hold my {v} in my arms when I watch films.
      The vet says the {v} I own is in good health.
      Having a {v} as my pet keeps me busy.
      I inherited a {v} from my aunt, and it is my pet now.
      My landlord allows me to keep my {v} in the flat.
      I cannot travel because my {v} would be alone at home.
      I gave my {v} a warm bed next to my own.
      My wife gave me a {v} as a pet for Christmas.
      I raised a little {v} by hand and it still lives here.
      Pet at home: {v}.
      Kind of pet I have: {v}.
      Animal in my household: one {v}.
      The pet in my life is a {v}.
      Because I felt lonely, I got myself a {v}.
      At home I have a pet, a small {v}.
      Nobody knows, but in my flat I hide a {v}.
      My household consists of me and my {v}.
      The animal I chose as my companion is a {v}.
      Every night I say good night to my {v}.
      I can't stay long, at home I have a hungry {v}.
      Other people have cars, but I have my {v}.
      Last month I became the owner of a {v}.
      I never wanted a pet until I met my {v}.
      You would laugh at the tricks I taught my {v}.
      The only animal that lives under my roof is a {v}.
    `),
    asked: lines(`
      What kind of animal did I adopt?
      Can you recall which pet I own?
      Which animal waits for me at home?
      What sort of creature lives under my roof?
      I mentioned my pet earlier, what animal is it?
      Tell me again what pet I keep.
      Any idea what animal I have?
      Which animal would I take to the vet?
      What pet did I say I had?
      State what kind of pet I own.
      Quick test: what animal is my pet?
      Which animal am I the owner of?
      To which species does my pet belong?
      Which animal keeps me company?
      For which animal do I buy food?
      Do you know what pet I keep at home?
      Did you note down which pet I have?
      What four-legged or feathered friend do I have?
      I wonder whether you remember what my pet is.
      Say which animal I look after.
      Let's see if you know what pet is mine.
      Please repeat which animal I have at home.
      What animal do I own, if you recall?
      Fill in the kind of pet I have.
      What animal greets me when I come home?
      My little companion at home, what animal is it?
      Which pet have I told you about?
      What would you see running around in my flat?
      What is the animal in my household?
      Do I have a pet, and what is it?
    `),
  },
  job: {
    told: lines(`
      {v} is my occupation.
      {v} is what stands on my business card.
      {v} is the job that pays my bills.
      {v} has been my profession since I left school.
      {v} is the trade I learned.
      {v} was my dream job, and now I do it every day.
      {v} is the position I hold in my company.
      {v} by day, that is how I earn my salary.
      {v} is what I was trained to be, and I work as one.
      {v} is what I do for a living.
      {v} is the line of work I am in.
      {v} is my job title.
      {v} may not be an easy job, but it is mine.
      {v} is the career I chose.
      {v} will be my profession until I retire.
      {v}, just like my father, that is my job.
      {v} is what my contract says about my work.
      I am employed as {v} by a small company.
      I trained to become a {v} and now it is my job.
      I have a full-time position as {v} in a big firm.
      My work as {v} keeps me busy all week.
      I earn my bread as {v} like my mother did.
      I got hired as {v} two months ago.
      Being a {v} is my daily job.
      I took a job as {v} because I needed the money.
      I have twenty years of experience as {v} at the same firm.
      My boss says I am the best {v} on the team.
      I started my career as {v} and never changed jobs.
      I get up at five because my job as {v} starts early.
      My shift as {v} begins at eight.
      I put {v} on the form as my occupation.
      I studied hard to be a {v} and got the job.
      My salary as {v} is not bad at all.
      I am self-employed as {v} in my own little business.
      Occupation at present: {v}.
      Current job: {v}.
      What I do for a living: {v}.
      My business card describes me as {v}.
      I pay my rent with my wages as {v}.
      I come from a long line in this trade, I'm a trained {v}.
      My calling in life was to become a {v}.
      Ten years ago I signed a contract to work as {v}.
      At the office they know me as the new {v}.
      My mother wanted a doctor, but I became a professional {v}.
      I spend eight hours a day doing my job as {v}.
      I am proud of my profession, which is that of {v}.
      At work I hold the post of {v}.
      Professionally speaking, I am a qualified {v}.
      In my working life I serve as {v}.
      After my studies I found employment as {v}.
    `),
    asked: lines(`
      What is my occupation?
      What stands on my business card?
      Can you recall what line of work I am in?
      In what job am I employed?
      What did I say I do for a living?
      Tell me again what my profession is.
      Which trade did I learn?
      Any idea what I work as?
      I mentioned my job earlier, what was it?
      State my occupation.
      What position do I hold at work?
      How do I pay my bills?
      Quick test: what am I by occupation?
      What career did I choose?
      Which job title do I carry?
      What does my work contract say I am?
      Do you know how I make my living?
      Did you note down my profession?
      What am I doing at work all day?
      What should I write on a form under occupation?
      I wonder whether you remember what my work is.
      Say what I do from Monday to Friday.
      Let's see if you know my profession.
      Please repeat what job I said I had.
      What was I hired to do?
      Fill in my occupation for me.
      What kind of work keeps me busy?
      What do my colleagues and I do professionally?
      How do I earn my salary?
      Which profession did I tell you I have?
    `),
  },
  food: {
    told: lines(`
      {v} would be my last meal if I could choose.
      {v} for dinner makes my day.
      {v} is my favourite dish.
      {v} has to be on the table when I celebrate.
      {v} can cheer me up like no other food.
      {v} is what I order in every restaurant.
      {v} is the dish I could eat every day.
      {v} was my favourite meal as a child and it still is.
      {v} beats every other dish for me.
      {v} is my comfort food.
      {v} always makes my mouth water.
      {v} is the first thing I cook when I come home, my favourite.
      {v} wins over any other meal, in my opinion.
      {v} is my idea of a perfect meal.
      {v} is the food I crave most.
      {v} with a glass of water is my perfect supper.
      {v} on the menu means I will order nothing else.
      I could eat {v} every day of the week.
      I crave {v} more than any other dish.
      I would eat {v} for breakfast, lunch and dinner.
      My mother cooks {v} because she knows it is my favourite food.
      I never say no to a plate with {v} on it.
      I prefer {v} to any other meal.
      Serve me {v} and you will see me smile.
      I ask for {v} whenever we eat out.
      I learned to cook {v} because it is my favourite dish.
      I am crazy about {v} at lunch and at dinner.
      I always take {v} twice, it is my favourite meal.
      Nobody in my family eats as much {v} as I do.
      I consider {v} the finest dish in the world.
      My stomach longs for {v} more than for other food.
      I have adored {v} since my childhood, no food is better.
      I order {v} every Friday, it is the food I love most.
      Please cook {v} for me, it is my favourite.
      Food I crave: {v}.
      Dish I prefer: {v}.
      My best-loved meal: {v}.
      The dish I like above all others is {v}.
      When my grandmother asks what to cook, I say {v}.
      I have a big appetite for my favourite dish, {v}.
      I can't live without a good plate of {v}.
      For lunch I would pick my favourite meal, {v}.
      My taste is simple, all I want to eat is {v}.
      The food that I crave on cold days is {v}.
      After a long day nothing fills me like {v}.
      My friends love pizza, but the food I prefer is {v}.
      If I had to eat one thing forever, I would choose {v}.
      On holiday I look for a place that serves my beloved {v}.
      My favourite thing to cook and to eat is {v}.
      You can win my heart with a bowl of {v}.
    `),
    asked: lines(`
      What is my favourite dish?
      Which meal do I order in restaurants?
      Can you recall what food I prefer?
      What should be on the table at my birthday?
      What dish could I eat every day?
      Tell me again what I love to eat.
      Any idea what my favourite meal is?
      I mentioned a favourite dish earlier, what was it?
      State my favourite food.
      What makes my mouth water?
      Quick test: what do I enjoy eating most?
      Which food do I crave?
      What would I choose from a menu?
      What dish do I like above all others?
      Which food did I say I like best?
      What is my comfort food?
      Do you know which dish I adore?
      Did you note down my favourite dish?
      What would I have as my last meal?
      I wonder whether you know what I love eating.
      Say which meal I like the most.
      Let's see if you remember my favourite meal.
      Please repeat what I said I love to eat.
      Fill in my favourite food for me.
      What would you cook to please me?
      Which dish wins my heart?
      What should I have for dinner, given my taste?
      What do I ask for whenever we eat out?
      Order my favourite dish, which one is it?
      What food have I loved since my childhood?
    `),
  },
  hobby: {
    told: lines(`
      {v} is my favourite pastime.
      {v} keeps me busy when I am not working.
      {v} is the thing I do after work for pleasure.
      {v} fills my weekends with joy.
      {v} is my great passion.
      {v} helps me to relax after a hard day.
      {v} has been my passion since my teens.
      {v} is how I unwind in the evening.
      {v} takes up all of my leisure time.
      {v} is what I do whenever I have a free hour.
      {v} became my hobby when I retired.
      {v} makes me forget all my worries in my free time.
      {v} is the best way to spend a Saturday, I find.
      {v} is the pastime I share with my brother.
      {v} gives me more pleasure than any other hobby.
      {v} brings me joy every weekend.
      {v} would be my answer if you asked about my hobbies.
      I spend my leisure time on {v} and little else.
      I am passionate about {v} as a hobby.
      I devote my weekends to {v} with my friends.
      I got into {v} as a hobby during my studies.
      I practise {v} in my spare time.
      My passion for {v} began in my childhood.
      I relax with {v} after work.
      I use every free minute for {v} because it is fun.
      I joined a club for {v}, which is my hobby.
      My friends and I meet for {v} every Saturday.
      I took a day off just for {v}, my beloved pastime.
      I do {v} for pleasure whenever I can.
      I could spend whole days with {v} as my pastime.
      I picked {v} as a hobby because it calms me.
      My wife says I waste my weekends on {v} and nothing else.
      After dinner I turn to {v} to relax.
      Doing some {v} is how I spend my holidays.
      Hobby since childhood: {v}.
      Leisure activity: {v}.
      What I do in my spare time: {v}.
      The pastime I like best is {v}.
      When the weekend comes, I look forward to {v}.
      When I am off duty, I devote myself to {v}.
      My favourite leisure activity has long been {v}.
      Once the children are asleep, I have time for my hobby, {v}.
      If I had more free time, I would do even more {v}.
      I have only one hobby, and it is {v}.
      My doctor told me to find a hobby, so I started {v}.
      Ever since my youth I have been crazy about {v}.
      Most of my free evenings are spent on {v}.
      The activity I do purely for fun is {v}.
      I fill my holidays with my favourite activity, {v}.
      Other people watch television at night, but I prefer {v}.
    `),
    asked: lines(`
      What is my favourite pastime?
      What am I passionate about in my leisure time?
      Can you recall what I do after work for pleasure?
      How do I like to spend my weekends?
      What keeps me busy when I am not working?
      Tell me again how I spend my leisure hours.
      Any idea what I do for pleasure?
      I mentioned a hobby earlier, what was it?
      State my hobby.
      What is my favourite leisure activity?
      Quick test: what is my weekend activity?
      What pastime did I take up?
      How do I unwind in the evening?
      Which activity fills my Saturdays?
      What did I say I enjoy in my spare time?
      What is my great passion?
      Do you know how I spend my leisure time?
      Did you note down my hobby?
      What kind of club would I join?
      I wonder whether you know my pastime.
      Say what I do when I have time off.
      Let's see if you remember my hobby.
      Please repeat which pastime I told you about.
      Fill in my hobby for me.
      What would I do with a free afternoon?
      Which hobby gives me the most pleasure?
      What do I look forward to when the weekend comes?
      What activity helps me relax?
      For which pastime do I use every free minute?
      What do I like doing on my holidays?
    `),
  },
}
