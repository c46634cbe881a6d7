import { cityOf, nameOf } from '../../families/people.ts'
import { attribute, type RecordKind } from './record.ts'
import { companyOf, countOf, moneyOf, wordOf, yearOf } from './values.ts'

/** Companies, as passages tell of them. */
export const COMPANY: RecordKind = {
  subject: companyOf,
  attributes: [
    attribute(
      yearOf,
      [
        ['{s} was founded in {v}.', 'It was founded in {v}.', '{s} began in {v}.'],
        ['The year of its founding is {v}.', '{s} has been there since {v}.'],
      ],
      [
        [
          'When was {s} founded?',
          'In which year was {s} founded?',
          'When did {s} begin?',
          'What year was {s} founded?',
        ],
        ['Since when does {s} exist?', 'Which year was {s} founded in?'],
      ],
      '{s} was founded in {v}.',
    ),
    attribute(
      nameOf,
      [
        ['{s} was founded by {v}.', 'Its founder is {v}.', '{v} founded {s}.'],
        ['The founder of {s} was {v}.', 'It goes back to its founder {v}.'],
      ],
      [
        ['Who founded {s}?', 'Who started {s}?', 'Who is the founder of {s}?'],
        ['By whom was {s} founded?', 'Name the founder of {s}.'],
      ],
      '{s} was founded by {v}.',
    ),
    attribute(
      cityOf,
      [
        ['Its head office is in {v}.', '{s} is based in {v}.', 'The head office of {s} is in {v}.'],
        ['From its head office in {v} it is led.', '{s} has its seat in {v}.'],
      ],
      [
        [
          'Where is the head office of {s}?',
          'Where is {s} based?',
          'In which city is {s}?',
          'Where is its head office?',
        ],
        ['In what city is the head office?', 'Which city is {s} based in?'],
      ],
      'Its head office is in {v}.',
    ),
    attribute(
      countOf,
      [
        ['{s} has {v} employees.', 'The company has {v} employees.', 'There are {v} employees.'],
        ['It employs {v} people.', 'At {s} work {v} employees.'],
      ],
      [
        [
          'How many employees does {s} have?',
          'How many people work at {s}?',
          'How many employees are there?',
          'How many employees does it have?',
        ],
        ['What is the number of employees?', 'How many people does {s} employ?'],
      ],
      '{s} has {v} employees.',
    ),
    attribute(
      moneyOf,
      [
        ['Last year it earned {v}.', 'Its profit last year was {v}.', 'Last year {s} earned {v}.'],
        ['In the last year {v} were earned.', 'The profit of last year came to {v}.'],
      ],
      [
        [
          'How much did {s} earn?',
          'What did {s} earn last year?',
          'How much did it earn last year?',
          'What was the profit?',
        ],
        ['How large was the profit of last year?', 'What profit did {s} make?'],
      ],
      'Last year it earned {v}.',
    ),
    attribute(
      wordOf,
      [
        ['{s} makes parts for {v}s.', 'It sells {v}s.', '{s} sells {v}s.'],
        ['What it sells is {v}s.', 'Its customers buy {v}s.'],
      ],
      [
        ['What does {s} make?', 'What does {s} sell?', 'What does it sell?'],
        ['Which goods does {s} sell?', 'What can one buy from {s}?'],
      ],
      '{s} sells {v}s.',
    ),
  ],
}
