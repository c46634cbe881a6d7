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
        [
          'There has been {s} since {v}.',
          'It exists since {v}.',
          'Its founding was in {v}.',
          '{s} was founded in {v}.',
          'It was founded in {v}.',
          '{s} began in {v}.',
        ],
        ['The year of its founding is {v}.', '{s} has been there since {v}.'],
      ],
      [
        [
          'Since when is there {s}?',
          'Since what year does {s} exist?',
          'Which year did {s} begin in?',
          'How long has {s} been there?',
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
        [
          'The founder was {v}.',
          'It was {v} who founded {s}.',
          '{s} was founded by {v}.',
          'Its founder is {v}.',
          '{v} founded {s}.',
        ],
        ['The founder of {s} was {v}.', 'It goes back to its founder {v}.'],
      ],
      [
        [
          'By whom was it founded?',
          'Name who founded {s}.',
          'What is the name of its founder?',
          'Which person founded {s}?',
          'Who founded {s}?',
          'Who started {s}?',
          'Who is the founder of {s}?',
        ],
        ['By whom was {s} founded?', 'Name the founder of {s}.'],
      ],
      '{s} was founded by {v}.',
    ),
    attribute(
      cityOf,
      [
        [
          'The seat of {s} is in {v}.',
          'It has its head office in {v}.',
          'Its head office is in {v}.',
          '{s} is based in {v}.',
          'The head office of {s} is in {v}.',
        ],
        ['From its head office in {v} it is led.', '{s} has its seat in {v}.'],
      ],
      [
        [
          'In what city is {s} based?',
          'Which city has its head office?',
          'What city is {s} in?',
          'In which city does {s} have its seat?',
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
        [
          '{s} employs {v} people.',
          '{v} employees work there.',
          '{s} has {v} employees.',
          'The company has {v} employees.',
          'There are {v} employees.',
        ],
        ['It employs {v} people.', 'At {s} work {v} employees.'],
      ],
      [
        [
          'What number of employees does it have?',
          'How many people does it employ?',
          'How many people are employed?',
          'How large is the number of employees?',
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
        [
          'The profit came to {v} last year.',
          'It made a profit of {v} in the last year.',
          'Last year it earned {v}.',
          'Its profit last year was {v}.',
          'Last year {s} earned {v}.',
        ],
        ['In the last year {v} were earned.', 'The profit of last year came to {v}.'],
      ],
      [
        [
          'How high was the profit?',
          'What profit did it make last year?',
          'How large was the profit?',
          'Which profit did {s} have?',
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
        [
          'Customers buy {v}s from it.',
          'What {s} sells are {v}s.',
          '{s} makes parts for {v}s.',
          'It sells {v}s.',
          '{s} sells {v}s.',
        ],
        ['What it sells is {v}s.', 'Its customers buy {v}s.'],
      ],
      [
        [
          'What goods does it sell?',
          'What can customers buy from it?',
          'What do customers buy at {s}?',
          'Which things does {s} sell?',
          'What does {s} make?',
          'What does {s} sell?',
          'What does it sell?',
        ],
        ['Which goods does {s} sell?', 'What can one buy from {s}?'],
      ],
      '{s} sells {v}s.',
    ),
  ],
}
