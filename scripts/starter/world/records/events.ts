import { cityOf, nameOf } from '../../families/people.ts'
import { capitalised } from '../../source.ts'
import { attribute, type RecordKind } from './record.ts'
import { countOf, dateOf, moneyOf, wordOf } from './values.ts'

/** Events, as passages tell of them. */
export const EVENT: RecordKind = {
  subject: (source) =>
    `the ${capitalised(wordOf(source))} ${source.pick(['Festival', 'Conference', 'Concert', 'Workshop', 'Fair', 'Meeting'])}`,
  attributes: [
    attribute(
      dateOf,
      [
        ['{S} takes place on {v}.', 'It takes place on {v}.', 'The date is {v}.'],
        ['On {v} {s} begins.', '{S} is planned for {v}.'],
      ],
      [
        ['When is {s}?', 'When does {s} take place?', 'On which date is {s}?', 'What is the date of {s}?'],
        ['Which date is {s} planned for?', 'What day is {s} on?'],
      ],
      '{S} takes place on {v}.',
    ),
    attribute(
      cityOf,
      [
        ['It is held in {v}.', '{S} is held in {v}.', 'The place is {v}.'],
        ['Guests meet in {v}.', '{S} comes to {v}.'],
      ],
      [
        ['Where is {s}?', 'Where is {s} held?', 'In which city is {s}?', 'Where does it take place?'],
        ['Which city is {s} held in?', 'In what place do guests meet?'],
      ],
      'It is held in {v}.',
    ),
    attribute(
      moneyOf,
      [
        ['A ticket costs {v}.', 'Tickets are {v}.', 'The price of a ticket is {v}.'],
        ['One pays {v} for a ticket.', 'For a ticket {v} is asked.'],
      ],
      [
        [
          'How much is a ticket?',
          'What does a ticket cost?',
          'What is the price of a ticket?',
          'How much do tickets cost?',
        ],
        ['What must I pay for a ticket?', 'Which price does a ticket have?'],
      ],
      'A ticket costs {v}.',
    ),
    attribute(
      nameOf,
      [
        ['The speaker is {v}.', '{v} gives the talk.', 'The talk is given by {v}.'],
        ['As a speaker comes {v}.', 'The main talk is that of {v}.'],
      ],
      [
        ['Who is the speaker?', 'Who speaks?', 'Who gives the talk?', 'Who is the speaker of {s}?'],
        ['Whose talk will be heard?', 'Which speaker comes?'],
      ],
      'The speaker is {v}.',
    ),
    attribute(
      countOf,
      [
        ['{v} guests are expected.', 'There will be {v} guests.'],
        ['One expects {v} guests.', 'Seats are there for {v} guests.'],
      ],
      [
        [
          'How many guests are expected?',
          'How many people will come?',
          'How many guests will come?',
          'How many guests are there?',
        ],
        ['What number of guests is expected?', 'For how many guests is it planned?'],
      ],
      '{v} guests are expected.',
    ),
  ],
}
