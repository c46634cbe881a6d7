import { cityOf, madeUpName, nameOf } from '../../families/people.ts'
import { HOBBIES, JOBS } from '../things.ts'
import { attribute, type RecordKind } from './record.ts'
import { yearOf } from './values.ts'

/** People, as passages tell of them. */
export const PERSON: RecordKind = {
  subject: (source) => `${nameOf(source)} ${madeUpName(source)}`,
  attributes: [
    attribute(
      cityOf,
      [
        ['{s} was born in {v}.', 'The birthplace of {s} is {v}.'],
        ['It was in {v} that {s} was born.', 'Born in {v}, {s} went to school there.'],
      ],
      [
        ['Where was {s} born?', 'In which city was {s} born?', 'What is the birthplace of {s}?'],
        ['Which city was {s} born in?', 'In what place was {s} born?'],
      ],
      '{s} was born in {v}.',
    ),
    attribute(
      yearOf,
      [
        ['{s} was born in the year {v}.', 'The year of birth is {v}.'],
        ['The birth was in {v}.', 'In {v} {s} was born.'],
      ],
      [
        ['When was {s} born?', 'In which year was {s} born?', 'What is the year of birth?'],
        ['Which year was {s} born in?', 'What year does the birth fall in?'],
      ],
      '{s} was born in {v}.',
    ),
    attribute(
      (source) => source.pick(JOBS),
      [
        ['{s} works as a {v}.', '{s} is a {v}.', 'The job of {s} is {v}.'],
        ['For a living {s} is a {v}.', '{s} earns money as a {v}.'],
      ],
      [
        [
          'What is the job of {s}?',
          'What does {s} do?',
          'What does {s} work as?',
          'Which job does {s} have?',
        ],
        ['What is the profession of {s}?', 'As what does {s} work?'],
      ],
      '{s} works as a {v}.',
    ),
    attribute(
      (source) => source.pick(HOBBIES),
      [
        ['{s} likes {v}.', 'The hobby of {s} is {v}.', '{s} enjoys {v}.'],
        ['In free time {s} enjoys {v}.', 'What {s} likes most is {v}.'],
      ],
      [
        [
          'What does {s} like?',
          'What is the hobby of {s}?',
          'What does {s} enjoy?',
          'Which hobby does {s} have?',
        ],
        ['What does {s} do in free time?', 'Name the hobby of {s}.'],
      ],
      '{s} likes {v}.',
    ),
    attribute(
      cityOf,
      [
        ['{s} lives in {v}.', 'The home of {s} is in {v}.', 'Today {s} lives in {v}.'],
        ['By now {s} has a house in {v}.', 'At present {s} lives in {v}.'],
      ],
      [
        ['Where does {s} live?', 'In which city does {s} live?', 'Where is the home of {s}?'],
        ['Which city does {s} live in?', 'In what city is the home of {s}?'],
      ],
      '{s} lives in {v}.',
    ),
    attribute(
      nameOf,
      [
        ['{s} is married to {v}.', 'The partner of {s} is called {v}.'],
        ['{s} shares a house with {v}, the partner.', '{v} is the partner of {s}.'],
      ],
      [
        ['Who is {s} married to?', 'Who is the partner of {s}?', 'What is the partner of {s} called?'],
        ['With whom is {s} married?', 'Name the partner of {s}.'],
      ],
      '{s} is married to {v}.',
    ),
  ],
}
