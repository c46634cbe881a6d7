import { madeUpName, numberOf } from '../../families/people.ts'
import { attribute, type RecordKind } from './record.ts'
import { countOf, countryOf, wordOf, yearOf } from './values.ts'

/** Lakes, as passages tell of them. */
export const LAKE: RecordKind = {
  subject: (source) => `Lake ${madeUpName(source)}`,
  attributes: [
    attribute(
      (source) => `${numberOf(source)} metres`,
      [
        [
          'A depth of {v} was measured.',
          'They measured {v} to the ground.',
          'It goes down {v}.',
          '{s} is {v} deep.',
          'Its depth is {v}.',
          'The lake is {v} deep.',
        ],
        ['Down to the ground it is {v}.', 'One measured a depth of {v}.'],
      ],
      [
        [
          'How far down does {s} go?',
          'Which depth is told of {s}?',
          'What depth does the lake have?',
          'Which depth did they measure?',
          'How deep is {s}?',
          'What is the depth of {s}?',
          'How deep is the lake?',
        ],
        ['Which depth does {s} have?', 'What depth was measured?'],
      ],
      '{s} is {v} deep.',
    ),
    attribute(
      countryOf,
      [
        [
          'The country of {s} is {v}.',
          'You find {s} in {v}.',
          'Around it is the country {v}.',
          '{s} is in {v}.',
          'It lies in {v}.',
          'The lake is in {v}.',
        ],
        ['One finds it in {v}.', 'The country around it is {v}.'],
      ],
      [
        [
          'What country is {s} in?',
          'Which country does {s} lie in?',
          'In which country does one find {s}?',
          'What country has this lake?',
          'Where is {s}?',
          'In which country is {s}?',
          'Which country is {s} in?',
          'Where is the lake?',
        ],
        ['In what country does {s} lie?', 'Which country has {s}?'],
      ],
      '{s} is in {v}.',
    ),
    attribute(
      wordOf,
      [
        [
          'It is famous for its {v}s.',
          'Guests come to see {v}s.',
          'Its {v}s made it famous.',
          'It is known for its {v}s.',
          '{s} is known for its {v}s.',
          'People come for the {v}s.',
        ],
        ['It has become famous for {v}s.', 'Guests look for {v}s there.'],
      ],
      [
        [
          'What is {s} famous for?',
          'Why is {s} famous?',
          'What do guests look for at {s}?',
          'What has made {s} known?',
          'What is {s} known for?',
          'What is it known for?',
          'Why do people come to {s}?',
        ],
        ['For what is {s} famous?', 'What makes {s} famous?'],
      ],
      'It is known for its {v}s.',
    ),
    attribute(
      countOf,
      [
        [
          'On its shore live {v} people.',
          'Its shore has {v} people.',
          '{v} people live there.',
          'There are {v} people around it.',
          '{v} people live around {s}.',
        ],
        ['One counts {v} people on its shore.', 'Its shore is home to {v} people.'],
      ],
      [
        [
          'What number of people live there?',
          'How many people live at {s}?',
          'How many people live on its shore?',
          'How many people call its shore home?',
          'How many people live there?',
          'How many people live around {s}?',
          'How many people are there?',
        ],
        ['What number of people live at {s}?', 'How many people has its shore?'],
      ],
      '{v} people live there.',
    ),
    attribute(
      yearOf,
      [
        [
          'It came onto maps in {v}.',
          'It is on maps since {v}.',
          'It was first mapped in {v}.',
          'The first map of it is from {v}.',
        ],
        ['Since {v} it is on maps.', 'In {v} it came onto a map.'],
      ],
      [
        [
          'In what year was {s} first mapped?',
          'Since when is {s} on maps?',
          'Of which year is the first map of {s}?',
          'How old is the first map?',
          'When was it first mapped?',
          'When was {s} first mapped?',
          'From which year is the first map?',
        ],
        ['Since what year is {s} on maps?', 'Which year is the first map of?'],
      ],
      'It was first mapped in {v}.',
    ),
  ],
}
