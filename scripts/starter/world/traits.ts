import { cityOf, nameOf, numberOf } from '../families/people.ts'
import type { Frames, Source } from '../source.ts'
import { COLOURS, FOODS, HOBBIES, JOBS, PETS } from './things.ts'

/** Something that people tell of themselves. */
export interface Trait {
  /** Its name behind "my". */
  noun: string
  value: (source: Source) => string
  /** Told in a sentence. */
  told: Frames
  /** Told behind "and". */
  also: string
  asked: Frames
  answer: string
  /** The answer where nobody told. */
  untold: string
}

const untold = (what: string) => `You have not told me ${what}.`

/** All that people tell of themselves here. */
export const TRAITS: Readonly<Record<string, Trait>> = {
  name: {
    noun: 'name',
    value: nameOf,
    told: {
      train: [
        'My name is {v}.',
        'I am {v}.',
        'I am called {v}.',
        'Call me {v}.',
        "I'm {v}.",
        'People call me {v}.',
        'my name is {v}',
        'The name is {v}.',
      ],
      held: ['You can call me {v}.', 'This is {v} speaking.', 'My first name is {v}.'],
    },
    also: 'my name is {v}',
    asked: {
      train: [
        'What is my name?',
        'Who am I?',
        'Do you remember my name?',
        'What am I called?',
        'Tell me my name.',
        "What's my name?",
        'Do you know my name?',
        'Say my name.',
        'What was my name?',
        'Can you tell me my name?',
      ],
      held: ['By what name should you call me?', 'Do you still know my name?', 'What name did I give you?'],
    },
    answer: 'Your name is {v}.',
    untold: untold('your name'),
  },
  city: {
    noun: 'city',
    value: cityOf,
    told: {
      train: [
        'I live in {v}.',
        'My home is in {v}.',
        'I am from {v}.',
        'I live in the city of {v}.',
        'My city is {v}.',
        'I come from {v}.',
        'i live in {v}',
        'I am living in {v}.',
      ],
      held: ['My house is in {v}.', 'These days I live in {v}.', 'I was born in {v} and still live there.'],
    },
    also: 'I live in {v}',
    asked: {
      train: [
        'Where do I live?',
        'Which city do I live in?',
        'Where is my home?',
        'Do you remember where I live?',
        'In which city do I live?',
        'Where am I from?',
        'What is my city?',
        'Tell me where I live.',
        'What city do I live in?',
        'Do you know where I live?',
      ],
      held: [
        'In what city is my home?',
        'Do you still know where I live?',
        'Which city did I say I live in?',
      ],
    },
    answer: 'You mentioned that you live in {v}.',
    untold: untold('where you live'),
  },
  colour: {
    noun: 'favourite colour',
    value: (source) => source.pick(COLOURS),
    told: {
      train: [
        'My favourite colour is {v}.',
        'I like the colour {v}.',
        'My favorite color is {v}.',
        'The colour I like best is {v}.',
        'I love the color {v}.',
        'my favourite colour is {v}',
      ],
      held: ['Of all colours I like {v} best.', '{v} is my favourite colour.', 'I prefer the colour {v}.'],
    },
    also: 'my favourite colour is {v}',
    asked: {
      train: [
        'What is my favourite colour?',
        'Which colour do I like?',
        'What is my favorite color?',
        'Do you remember my favourite colour?',
        'Which colour do I like best?',
        'Tell me my favourite colour.',
        'What colour do I like?',
      ],
      held: [
        'Do you still know my favourite colour?',
        'Which is the colour I like?',
        'What color did I say I like?',
      ],
    },
    answer: 'Your favourite colour is {v}.',
    untold: untold('your favourite colour'),
  },
  number: {
    noun: 'number',
    value: (source) => String(numberOf(source)),
    told: {
      train: [
        'My number is {v}.',
        'My favourite number is {v}.',
        'Remember the number {v}.',
        'The number is {v}.',
        'Please remember the number {v}.',
        'Keep the number {v} in mind.',
        'My lucky number is {v}.',
        'my number is {v}',
      ],
      held: ['Note the number {v} for me.', 'I was given the number {v}.', 'Do not forget the number {v}.'],
    },
    also: 'my number is {v}',
    asked: {
      train: [
        'What is my number?',
        'Which number did I tell you?',
        'What was the number?',
        'Do you remember the number?',
        'Tell me the number.',
        'What is the number?',
        'What is my favourite number?',
        'Do you know my number?',
        'Which number is mine?',
      ],
      held: ['Do you still know the number?', 'What number did I give you?', 'Say the number again.'],
    },
    answer: 'Your number is {v}.',
    untold: untold('a number'),
  },
  pet: {
    noun: 'pet',
    value: (source) => source.pick(PETS),
    told: {
      train: [
        'I have a {v}.',
        'My pet is a {v}.',
        'I own a {v}.',
        'There is a {v} in my house.',
        'I live with a {v}.',
        'i have a {v}',
      ],
      held: ['At home I keep a {v}.', 'I have had a {v} for years.'],
    },
    also: 'I have a {v}',
    asked: {
      train: [
        'What pet do I have?',
        'Which animal do I have?',
        'What is my pet?',
        'Do you remember my pet?',
        'Which pet do I have?',
        'Tell me what pet I have.',
        'What animal do I own?',
      ],
      held: ['Do you still know my pet?', 'Which animal did I say I have?'],
    },
    answer: 'You have a {v}.',
    untold: untold('about a pet'),
  },
  job: {
    noun: 'job',
    value: (source) => source.pick(JOBS),
    told: {
      train: [
        'I work as a {v}.',
        'My job is {v}.',
        'I am a {v}.',
        'I am a {v} by trade.',
        'My profession is {v}.',
        'I work as {v}.',
        'i work as a {v}',
      ],
      held: ['For a living I am a {v}.', 'I earn my money as a {v}.'],
    },
    also: 'I work as a {v}',
    asked: {
      train: [
        'What is my job?',
        'What do I do for work?',
        'What do I work as?',
        'What is my profession?',
        'Do you remember my job?',
        'Tell me my job.',
        'Which job do I have?',
      ],
      held: ['Do you still know my job?', 'What did I say I work as?'],
    },
    answer: 'You work as a {v}.',
    untold: untold('your job'),
  },
  food: {
    noun: 'favourite food',
    value: (source) => source.pick(FOODS),
    told: {
      train: [
        'My favourite food is {v}.',
        'I love to eat {v}.',
        'I like {v} most of all food.',
        'I like to eat {v}.',
        'The food I like best is {v}.',
      ],
      held: ['I could eat {v} every day.', 'Of all food I prefer {v}.'],
    },
    also: 'my favourite food is {v}',
    asked: {
      train: [
        'What is my favourite food?',
        'What do I like to eat?',
        'Which food do I like?',
        'Do you remember my favourite food?',
        'Tell me my favourite food.',
      ],
      held: ['Do you still know what I like to eat?', 'Which food did I say I like?'],
    },
    answer: 'Your favourite food is {v}.',
    untold: untold('your favourite food'),
  },
  hobby: {
    noun: 'hobby',
    value: (source) => source.pick(HOBBIES),
    told: {
      train: [
        'My hobby is {v}.',
        'In my free time I enjoy {v}.',
        'I love {v}.',
        'My favourite hobby is {v}.',
        'I enjoy {v}.',
      ],
      held: ['I spend my free time with {v}.', 'After work I do some {v}.'],
    },
    also: 'my hobby is {v}',
    asked: {
      train: [
        'What is my hobby?',
        'What do I do in my free time?',
        'Which hobby do I have?',
        'Do you remember my hobby?',
        'Tell me my hobby.',
      ],
      held: ['Do you still know my hobby?', 'Which hobby did I tell you of?'],
    },
    answer: 'Your hobby is {v}.',
    untold: untold('your hobby'),
  },
}
