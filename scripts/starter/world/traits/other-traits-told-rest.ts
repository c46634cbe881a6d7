import { lines } from '../list.ts'

/** All other ways to tell the other things that people tell of themselves. */
export const OTHER_TRAITS_TOLD_REST = {
  pet: lines(`
    I've got a {v} at home.
    I have a pet {v}.
    I am the owner of a {v}.
    I'm a proud {v} owner.
    We have a {v} at home.
    I keep a {v} as a pet.
    I adopted a {v}.
    I just got a {v}.
    I recently adopted a {v} from a shelter.
    My kids have a {v}, our only pet.
    Our family pet is a {v}.
    Our pet is a {v}.
    The pet I have is a {v}.
    As a pet, I have a {v}.
    For a pet I chose a {v}.
    At home I have a {v}.
    At home there's a {v} waiting for me.
    A {v} is my pet.
    A {v} shares my flat with me.
    I take care of my {v} every day.
    I look after a {v} at home.
    I am raising a {v}.
    I've had a {v} for three years.
    I have had a {v} since I was a child.
    I have owned a {v} for years.
    I bought myself a {v}.
    My parents gave me a {v} as a pet.
    My pet happens to be a {v}.
    My one and only pet is a {v}.
    My animal companion is a {v}.
    My companion at home is a {v}.
    My little friend at home is a {v}.
    The animal I keep is a {v}.
    The animal in our home is a {v}.
    The only animal in my house is a {v}.
    In our house lives a {v}.
    In my flat I keep a {v}.
    My house is home to a {v}.
    My household includes a {v}.
    My {v} is the best pet in the world.
    My {v} makes a great pet.
    My {v} is waiting to be fed.
    My {v} keeps me company at home.
    My {v} lives with me.
    I need to take my {v} to the vet.
    I have to buy food for my {v}.
    I came home and my {v} was hungry.
    I play with my {v} every evening.
    I love my pet {v}.
    I brought home a {v} last week.
    Last month a {v} joined our family.
    Since last summer I've had a {v}.
    Currently I have a {v} as my only pet.
    I don't live alone, I have a {v}.
    The newest member of our family is a {v}.
    We got a {v} for the children.
    my pet is a {v} btw
    i've got a {v}
    i own a pet {v}
  `),
  job: lines(`
    I'm employed as a {v}.
    I'm working as a {v}.
    I'm currently working as a {v}.
    I have been a {v} for ten years.
    I've worked as a {v} since I left school.
    I earn my living as a {v}.
    I make a living working as a {v}.
    I serve as a {v}.
    I got a job as a {v}.
    I just started a new job as a {v}.
    I found work as a {v}.
    I was hired as a {v}.
    I was trained as a {v} and still work as one.
    I'm a professional {v}.
    I'm a full-time {v}.
    I'm a self-employed {v}.
    I am employed full time as a {v}.
    I have a position as a {v}.
    I hold the post of {v}.
    I chose the career of a {v}.
    I have made a career as a {v}.
    I pay my bills by working as a {v}.
    I go to work every day as a {v}.
    My occupation is {v}.
    My current job is {v}.
    My current position is {v}.
    My job title is {v}.
    My trade is that of a {v}.
    My line of work is that of a {v}.
    My role at work is {v}.
    My work is being a {v}.
    My day job is being a {v}.
    My career is that of a {v}.
    My contract says that I work as a {v}.
    My employer hired me as a {v}.
    My boss employs me as a {v}.
    My company employs me as a {v}.
    My business card says {v}.
    My vocation is that of a {v}.
    For a living, I work as a {v}.
    For work I am a {v}.
    At work I am a {v}.
    In my job I am a {v}.
    In my working life I am a {v}.
    As a {v}, I work long hours.
    As a {v}, I have to get up early for work.
    Being a {v} is my job.
    Working as a {v} is how I pay the rent.
    Professionally, I am a {v}.
    Currently I am employed as a {v}.
    Today I work as a {v} in town.
    These days I make my money as a {v}.
    Since last year I have been working as a {v}.
    A {v} is what I am by occupation.
    What I do for a living is work as a {v}.
    The job I have is that of a {v}.
    The work I do is that of a {v}.
    i'm a {v}, that's my job
    i have a job as {v}
  `),
  food: lines(`
    My favorite food is {v}.
    My favourite dish is {v}.
    My favourite meal is {v}.
    My favourite thing to eat is {v}.
    My all-time favourite food is {v}.
    My absolute favourite food is {v}.
    My food of choice is {v}.
    My go-to meal is {v}.
    My comfort food is {v}.
    My preferred food is {v}.
    My dream dinner is {v}.
    My idea of a perfect meal is {v}.
    Of all foods, I like {v} best.
    Of all dishes, {v} is my favourite.
    For dinner I like {v} best.
    For lunch I always choose {v}.
    Among foods, my favourite is {v}.
    When it comes to food, I prefer {v}.
    When I eat out, I always order {v}.
    When I can choose a meal, I choose {v}.
    As for food, I like {v} the most.
    As a meal, I prefer {v} to anything else.
    I love eating {v}.
    I enjoy eating {v}.
    I adore the taste of {v}.
    I love the taste of {v}.
    I really like eating {v}.
    I prefer to eat {v}.
    I prefer {v} to any other food.
    I like {v} more than any other dish.
    I could live on {v}.
    I never get tired of eating {v}.
    I can't get enough {v} to eat.
    I can never say no to a plate of {v}.
    I'm crazy about eating {v}.
    I'm a big fan of eating {v}.
    I eat {v} whenever I can.
    I eat {v} more often than anything else.
    I would eat {v} for every meal.
    I have loved eating {v} since I was a child.
    I always ask for {v} at dinner.
    I consider {v} the best food of all.
    I think {v} is the tastiest food there is.
    {v} is my favourite food.
    {v} is my favourite dish of all.
    {v} is what I like to eat most.
    {v} is the tastiest thing I know.
    {v} is the meal I love most.
    {v} tastes best to me.
    The dish I love most is {v}.
    The food I prefer is {v}.
    The meal I enjoy most is {v}.
    The tastiest meal for me is {v}.
    The best meal in the world is {v}.
    The food I eat most gladly is {v}.
    What I like to eat best is {v}.
    What I love to eat is {v}.
    For me, no meal beats {v}.
    i love eating {v} so much
  `),
  hobby: lines(`
    I have a hobby, {v}.
    I have {v} as a hobby.
    I do {v} as a hobby.
    I do {v} in my free time.
    I do {v} for fun.
    I do {v} after work to relax.
    I like {v} in my free time.
    I love {v} as a pastime.
    I spend my free time on {v}.
    I spend my weekends on {v}.
    I spend most evenings on {v}.
    I spend hours on {v} every weekend.
    I spend all my leisure time on {v}.
    I use my spare time for {v}.
    I unwind with {v} on weekends.
    I am passionate about {v}.
    I'm really into {v}.
    I'm keen on {v} as a hobby.
    I'm a big fan of {v} in my leisure time.
    I picked up {v} as a hobby last year.
    I recently got into {v}.
    I recently started {v} as a hobby.
    I find {v} very relaxing after work.
    I enjoy {v} on my days off.
    I have enjoyed {v} since I was a child.
    My favourite pastime is {v}.
    My pastime is {v}.
    My main hobby is {v}.
    My only hobby is {v}.
    My new hobby is {v}.
    My biggest passion is {v}.
    My great passion outside work is {v}.
    My favourite activity is {v}.
    My favourite leisure activity is {v}.
    My favorite way to relax is {v}.
    My weekends are for {v}.
    My free time is all about {v}.
    My spare time belongs to {v}.
    My favourite thing to do is {v}.
    My main interest outside work is {v}.
    {v} is my favourite thing to do on weekends.
    {v} is what I do in my free time.
    {v} is how I relax.
    {v} helps me relax after a long day.
    {v} takes up most of my free time.
    {v} fills my weekends.
    As a hobby, I chose {v}.
    For fun, I like {v}.
    For a hobby I have {v}.
    In my leisure time I like {v}.
    On my days off I like {v} best.
    After work I enjoy {v}.
    Outside work, my interest is {v}.
    The pastime I enjoy most is {v}.
    What I like to do in my free time is {v}.
    i'm into {v} in my spare time
  `),
}
