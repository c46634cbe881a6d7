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
        [
          '{S} begins on {v}.',
          'It is planned for {v}.',
          '{S} takes place on {v}.',
          'It takes place on {v}.',
          'The date is {v}.',
        ],
        ['On {v} {s} begins.', '{S} is planned for {v}.'],
      ],
      [
        [
          'On what day is {s}?',
          'What date is {s} on?',
          'For which date is it planned?',
          'Which day does {s} begin?',
          'When is {s}?',
          'When does {s} take place?',
          'On which date is {s}?',
          'What is the date of {s}?',
        ],
        ['Which date is {s} planned for?', 'What day is {s} on?'],
      ],
      '{S} takes place on {v}.',
    ),
    attribute(
      cityOf,
      [
        [
          'Guests come to {v}.',
          'One meets in {v}.',
          'It is held in {v}.',
          '{S} is held in {v}.',
          'The place is {v}.',
        ],
        ['Guests meet in {v}.', '{S} comes to {v}.'],
      ],
      [
        [
          'What city is {s} held in?',
          'In what city do guests meet?',
          'Which place is it held in?',
          'To which city does {s} come?',
          'Where is {s}?',
          'Where is {s} held?',
          'In which city is {s}?',
          'Where does it take place?',
        ],
        ['Which city is {s} held in?', 'In what place do guests meet?'],
      ],
      'It is held in {v}.',
    ),
    attribute(
      moneyOf,
      [
        [
          'For {v} one gets a ticket.',
          'A ticket is sold for {v}.',
          'A ticket costs {v}.',
          'Tickets are {v}.',
          'The price of a ticket is {v}.',
        ],
        ['One pays {v} for a ticket.', 'For a ticket {v} is asked.'],
      ],
      [
        [
          'What price has a ticket?',
          'How much must I pay for a ticket?',
          'What does one pay for a ticket?',
          'Which price is asked for tickets?',
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
        [
          '{v} comes to speak.',
          'One hears a talk by {v}.',
          'The speaker is {v}.',
          '{v} gives the talk.',
          'The talk is given by {v}.',
        ],
        ['As a speaker comes {v}.', 'The main talk is that of {v}.'],
      ],
      [
        [
          'Whose talk is it?',
          'Which speaker will come?',
          'Who comes as a speaker?',
          'Whose talk does one hear?',
          'Who is the speaker?',
          'Who speaks?',
          'Who gives the talk?',
          'Who is the speaker of {s}?',
        ],
        ['Whose talk will be heard?', 'Which speaker comes?'],
      ],
      'The speaker is {v}.',
    ),
    attribute(
      countOf,
      [
        [
          '{v} guests will come.',
          'There are seats for {v} guests.',
          '{v} guests are expected.',
          'There will be {v} guests.',
        ],
        ['One expects {v} guests.', 'Seats are there for {v} guests.'],
      ],
      [
        [
          'How many guests does one expect?',
          'What number of guests will come?',
          'For how many guests are there seats?',
          'How many people are expected?',
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
