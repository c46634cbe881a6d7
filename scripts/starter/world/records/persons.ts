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
        [
          'Born in {v}, {s} grew up there.',
          '{v} is where {s} was born.',
          '{s} was born in {v}.',
          'The birthplace of {s} is {v}.',
        ],
        ['It was in {v} that {s} was born.', 'Born in {v}, {s} went to school there.'],
      ],
      [
        [
          'In what city was {s} born?',
          'Which place was {s} born in?',
          'What city is the birthplace of {s}?',
          'Where was {s} born?',
          'In which city was {s} born?',
          'What is the birthplace of {s}?',
        ],
        ['Which city was {s} born in?', 'In what place was {s} born?'],
      ],
      '{s} was born in {v}.',
    ),
    attribute(
      yearOf,
      [
        [
          '{v} is the year of birth.',
          'The birth of {s} was in {v}.',
          '{s} was born in the year {v}.',
          'The year of birth is {v}.',
        ],
        ['The birth was in {v}.', 'In {v} {s} was born.'],
      ],
      [
        [
          'What year was {s} born in?',
          'Which is the year of birth of {s}?',
          'In what year does the birth fall?',
          'When was {s} born?',
          'In which year was {s} born?',
          'What is the year of birth?',
        ],
        ['Which year was {s} born in?', 'What year does the birth fall in?'],
      ],
      '{s} was born in {v}.',
    ),
    attribute(
      (source) => source.pick(JOBS),
      [
        [
          'As a {v}, {s} earns money.',
          '{s} is a {v} by profession.',
          '{s} works as a {v}.',
          '{s} is a {v}.',
          'The job of {s} is {v}.',
        ],
        ['For a living {s} is a {v}.', '{s} earns money as a {v}.'],
      ],
      [
        [
          'What profession does {s} have?',
          'How does {s} earn money?',
          'What work does {s} do?',
          'As what does {s} earn money?',
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
        [
          'Most of all {s} likes {v}.',
          'In free time {s} goes for {v}.',
          '{s} likes {v}.',
          'The hobby of {s} is {v}.',
          '{s} enjoys {v}.',
        ],
        ['In free time {s} enjoys {v}.', 'What {s} likes most is {v}.'],
      ],
      [
        [
          'What does {s} like most?',
          'What does {s} enjoy in free time?',
          'Which hobby is told of {s}?',
          'How does {s} spend free time?',
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
        [
          'The house of {s} is in {v}.',
          '{s} has a home in {v}.',
          '{s} lives in {v}.',
          'The home of {s} is in {v}.',
          'Today {s} lives in {v}.',
        ],
        ['By now {s} has a house in {v}.', 'At present {s} lives in {v}.'],
      ],
      [
        [
          'What city does {s} live in?',
          'In what city does {s} live?',
          'In which city is the home of {s}?',
          'Which city is {s} at home in?',
          'Where does {s} live?',
          'In which city does {s} live?',
          'Where is the home of {s}?',
        ],
        ['Which city does {s} live in?', 'In what city is the home of {s}?'],
      ],
      '{s} lives in {v}.',
    ),
    attribute(
      nameOf,
      [
        [
          '{s} and {v} are married.',
          'The partner of {s} is {v}.',
          '{s} is married to {v}.',
          'The partner of {s} is called {v}.',
        ],
        ['{s} shares a house with {v}, the partner.', '{v} is the partner of {s}.'],
      ],
      [
        [
          'Whom is {s} married to?',
          'What is the name of the partner of {s}?',
          'Who shares a house with {s}?',
          'Which person is {s} married to?',
          'Who is {s} married to?',
          'Who is the partner of {s}?',
          'What is the partner of {s} called?',
        ],
        ['With whom is {s} married?', 'Name the partner of {s}.'],
      ],
      '{s} is married to {v}.',
    ),
  ],
}
