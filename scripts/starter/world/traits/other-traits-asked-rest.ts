import { lines } from '../list.ts'

/** All other ways to ask for the other things that people tell of themselves. */
export const OTHER_TRAITS_ASKED_REST = {
  pet: lines(`
    What is my pet again?
    What kind of pet do I have?
    What sort of animal do I keep?
    What type of pet do I own?
    What animal do I keep as a pet?
    What animal is my pet?
    Which pet do I own?
    Which animal is my pet?
    Which animal do I keep at home?
    Which animal do I look after?
    Which animal do I take care of?
    Which kind of animal do I own?
    What pet lives in my house?
    What animal shares my home?
    What animal have I got?
    What pet have I got?
    What pet did I say I have?
    What animal did I say I own?
    Which pet did I tell you about?
    Which pet did I mention?
    What did I say my pet was?
    What is the animal that lives with me?
    What is my animal companion?
    What is our family pet?
    What kind of animal is my pet?
    Do you know what pet I have?
    Do you know which animal I own?
    Do you remember what animal I have?
    Do you recall my pet?
    Can you tell me what pet I have?
    Can you say which animal I keep?
    Could you remind me which pet I have?
    Tell me which animal I own.
    Tell me what my pet is.
    Name my pet animal.
    Say what kind of animal I keep.
    Please tell me my kind of pet.
    I have a pet. What is it?
    What do I have as a pet?
    what pet do i have at home
  `),
  job: lines(`
    What is my job again?
    What is my current job?
    What is my line of work?
    What is my trade?
    What is my job title?
    What is my career?
    What is my position at work?
    What is my day job?
    What do I do at work?
    What do I do professionally?
    What kind of work do I do?
    What kind of job do I have?
    What job do I hold?
    What job have I got?
    What am I by profession?
    What am I employed as?
    What was I hired as?
    What did I say my job was?
    What job did I say I have?
    What did I tell you I work as?
    Which profession do I have?
    Which profession is mine?
    Which occupation did I mention?
    Which job do I do?
    How do I make my living?
    In what job do I work?
    Do you know what I do for work?
    Do you know my profession?
    Do you remember what I work as?
    Do you recall my occupation?
    Can you tell me what my job is?
    Could you remind me what I do for a living?
    Tell me what I work as.
    Please tell me my occupation.
    what do i work as again
  `),
  food: lines(`
    What is my favorite food?
    What is my favourite meal?
    What is my favourite thing to eat?
    What is my favourite food again?
    What is my preferred food?
    What is the food I like best?
    What is the dish I love most?
    What do I love to eat?
    What do I enjoy eating?
    What do I prefer to eat?
    What do I like eating most?
    What do I like best for dinner?
    What do I always order when I eat out?
    What food do I love?
    What food do I prefer?
    What food did I say I like?
    What meal do I like most?
    What dish do I enjoy most?
    What kind of food do I like best?
    What could I eat every day?
    What did I say my favourite food was?
    Which dish do I like best?
    Which dish is my favourite?
    Which meal is my favourite?
    Which food do I love most?
    Which food do I prefer?
    Which food did I mention?
    Do you know my favourite food?
    Do you know what I like to eat?
    Do you remember what I love to eat?
    Do you recall my favourite dish?
    Can you tell me what my favourite food is?
    Could you remind me which food I like best?
    Tell me what I like to eat.
    Name my favourite dish.
    Please tell me the food I like most.
    what's my favorite food
  `),
  hobby: lines(`
    What is my hobby again?
    What is my pastime?
    What is my favourite hobby?
    What is my favorite activity?
    What is my main interest outside work?
    What is my passion?
    What is my favourite thing to do?
    What do I do in my spare time?
    What do I do on weekends?
    What do I do as a hobby?
    What do I like doing in my free time?
    What do I enjoy doing?
    What do I spend my leisure time on?
    What am I passionate about?
    What hobby do I have?
    What hobby did I say I have?
    What hobby did I mention?
    What kind of hobby do I have?
    What activity do I enjoy most?
    What did I say my hobby was?
    What fills my weekends?
    Which hobby is mine?
    Which hobby did I tell you about?
    Which pastime do I enjoy?
    Which activity do I do for fun?
    How do I relax after work?
    Do you know my hobby?
    Do you know what I do for fun?
    Do you remember what I do in my free time?
    Do you recall my favourite pastime?
    Can you tell me what my hobby is?
    Could you remind me which hobby I have?
    Tell me what I like to do in my spare time.
    what's my hobby
  `),
}
