import { cityOf, nameOf, numberOf } from '../../families/people.ts'
import { FOODS, WORDS } from '../things.ts'
import { dayOf, text, type WorldTool, whole } from './world-tool.ts'

const LANGUAGES = ['French', 'German', 'Spanish', 'Italian', 'Polish', 'Dutch', 'Greek', 'Turkish']
const CURRENCIES = ['EUR', 'USD', 'GBP', 'CHF', 'JPY', 'SEK']

/** Tools that applications bring. */
export const APPLICATION_TOOLS: readonly WorldTool[] = [
  {
    name: 'get_weather',
    descriptions: ['Get the weather of a city.', 'Current weather.', 'Weather by city.'],
    parameters: [text('city', cityOf)],
    asked: {
      train: [
        'Is it cold in {city}?',
        'Will it rain in {city}?',
        'I want the weather for {city}.',
        'The weather in {city}, please.',
        'How warm is it in {city}?',
        'Show me the weather of {city}.',
        'What is the weather in {city}?',
        'How is the weather in {city}?',
        'Weather in {city}',
        'Get the weather for {city}.',
        'Tell me the weather in {city}.',
        "What's the weather like in {city}?",
      ],
      held: ['Is the weather good in {city}?', 'I am going to {city}. How is the weather there?'],
    },
  },
  {
    name: 'send_email',
    descriptions: ['Send an email.', 'Sends a mail to a person.'],
    parameters: [text('to', nameOf), text('subject', (source) => source.pick(WORDS))],
    asked: {
      train: [
        'Mail {to} on {subject}.',
        '{to} should get an email about {subject}.',
        'Please write to {to} about {subject}.',
        'I must send {to} a mail about {subject}.',
        'Send a mail on {subject} to {to}.',
        'Send an email to {to} about {subject}.',
        'Email {to} about {subject}.',
        'Send {to} an email with the subject {subject}.',
        'Write an email to {to} on {subject}.',
      ],
      held: ['Let {to} have an email about {subject}.', 'I want to email {to} on {subject}.'],
    },
  },
  {
    name: 'create_event',
    descriptions: ['Put an event into the calendar.', 'Create a calendar event.'],
    parameters: [text('title', (source) => source.pick(WORDS)), text('day', dayOf)],
    asked: {
      train: [
        'Make an event {title} for {day}.',
        'I have {title} on {day}, put it into the calendar.',
        'On {day} add {title} to the calendar.',
        'Calendar: {title} on {day}',
        'Please plan {title} for {day}.',
        'Create an event {title} on {day}.',
        'Put {title} into my calendar for {day}.',
        'Plan an event {title} for {day}.',
        'Add the event {title} on {day}.',
      ],
      held: ['On {day} there shall be an event {title}.', 'My calendar needs {title} on {day}.'],
    },
  },
  {
    name: 'translate',
    descriptions: ['Translate a text.', 'Translates words into another language.'],
    parameters: [
      text('text', (source) => source.some(1, 3, () => source.pick(WORDS)).join(' ')),
      text('language', (source) => source.pick(LANGUAGES)),
    ],
    asked: {
      train: [
        'Give me {text} in {language}.',
        'Say {text} in {language}.',
        'How is {text} in {language}?',
        'Into {language}, please: {text}',
        'Translate {text} into {language}.',
        'Translate "{text}" to {language}.',
        'What is {text} in {language}?',
        'How do you say {text} in {language}?',
      ],
      held: ['I need {text} translated into {language}.', 'In {language}, what is {text}?'],
    },
  },
  {
    name: 'convert_currency',
    descriptions: ['Convert money.', 'Converts an amount into another currency.'],
    parameters: [whole('amount', numberOf), text('currency', (source) => source.pick(CURRENCIES))],
    asked: {
      train: [
        'What is {amount} worth in {currency}?',
        'I want {amount} in {currency}.',
        'Give me {currency} for {amount}.',
        'How many {currency} are {amount}?',
        'Convert {amount} to {currency}.',
        'How much is {amount} in {currency}?',
        'Change {amount} into {currency}.',
        'Convert {amount} dollars into {currency}.',
      ],
      held: ['I have {amount}. What is that in {currency}?', 'Turn {amount} into {currency}.'],
    },
  },
  {
    name: 'play_music',
    descriptions: ['Play a song.', 'Plays music by a name.'],
    parameters: [text('song', (source) => source.some(1, 3, () => source.pick(WORDS)).join(' '))],
    asked: {
      train: [
        'Can you play {song}?',
        'Music: {song}',
        'Please start {song}.',
        'Play me {song}.',
        'Play {song}.',
        'Play the song {song}.',
        'Put on {song}.',
        'I want to hear {song}.',
      ],
      held: ['Let me hear the song {song}.', 'Start the music {song}.'],
    },
  },
  {
    name: 'set_timer',
    descriptions: ['Set a timer.', 'Starts a timer of some minutes.'],
    parameters: [whole('minutes', (source) => source.between(1, 120))],
    asked: {
      train: [
        'Timer for {minutes} minutes.',
        'Please set the timer to {minutes} minutes.',
        'Tell me when {minutes} minutes are over.',
        '{minutes} minutes, please set a timer.',
        'Set a timer for {minutes} minutes.',
        'Start a timer of {minutes} minutes.',
        'Timer: {minutes} minutes',
        'Wake me in {minutes} minutes.',
      ],
      held: ['I need a timer of {minutes} minutes.', 'Let a timer run for {minutes} minutes.'],
    },
  },
  {
    name: 'book_table',
    descriptions: ['Book a table.', 'Reserves a table in a restaurant.'],
    parameters: [whole('people', (source) => source.between(1, 20)), text('day', dayOf)],
    asked: {
      train: [
        'We are {people} and want a table on {day}.',
        'A table for {people} on {day}, please.',
        'Find a table for {people} people on {day}.',
        'Can you book for {people} on {day}?',
        'Book a table for {people} on {day}.',
        'Reserve a table for {people} people on {day}.',
        'I need a table for {people} on {day}.',
      ],
      held: ['On {day} we need a table for {people}.', 'Get me a table for {people} on {day}.'],
    },
  },
  {
    name: 'order_food',
    descriptions: ['Order food.', 'Orders a dish.'],
    parameters: [
      text('dish', (source) => source.pick(FOODS)),
      whole('count', (source) => source.between(1, 12)),
    ],
    asked: {
      train: [
        '{count} {dish}, please.',
        'I am hungry: {count} {dish}.',
        'Can I have {count} {dish}?',
        'We need {count} {dish}.',
        'Order {count} {dish}.',
        'I want {count} {dish}.',
        'Get me {count} {dish}.',
        'Please order {count} times {dish}.',
      ],
      held: ['We would like {count} {dish}.', 'Bring us {count} {dish}.'],
    },
  },
  {
    name: 'find_contact',
    descriptions: ['Find a contact.', 'Looks up a person in the address book.'],
    parameters: [text('name', nameOf)],
    asked: {
      train: [
        'Search my contacts for {name}.',
        'Do I have {name} as a contact?',
        'Show me the contact {name}.',
        'What is the number of {name}?',
        'Find the contact {name}.',
        'Look up {name} in my contacts.',
        'Who is {name} in my contacts?',
        'Get the number of {name}.',
      ],
      held: ['Is {name} in my address book?', 'I need the contact of {name}.'],
    },
  },
]
