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
        ['{s} is {v} deep.', 'Its depth is {v}.', 'The lake is {v} deep.'],
        ['Down to the ground it is {v}.', 'One measured a depth of {v}.'],
      ],
      [
        ['How deep is {s}?', 'What is the depth of {s}?', 'How deep is the lake?'],
        ['Which depth does {s} have?', 'What depth was measured?'],
      ],
      '{s} is {v} deep.',
    ),
    attribute(
      countryOf,
      [
        ['{s} is in {v}.', 'It lies in {v}.', 'The lake is in {v}.'],
        ['One finds it in {v}.', 'The country around it is {v}.'],
      ],
      [
        ['Where is {s}?', 'In which country is {s}?', 'Which country is {s} in?', 'Where is the lake?'],
        ['In what country does {s} lie?', 'Which country has {s}?'],
      ],
      '{s} is in {v}.',
    ),
    attribute(
      wordOf,
      [
        ['It is known for its {v}s.', '{s} is known for its {v}s.', 'People come for the {v}s.'],
        ['It has become famous for {v}s.', 'Guests look for {v}s there.'],
      ],
      [
        ['What is {s} known for?', 'What is it known for?', 'Why do people come to {s}?'],
        ['For what is {s} famous?', 'What makes {s} famous?'],
      ],
      'It is known for its {v}s.',
    ),
    attribute(
      countOf,
      [
        ['{v} people live there.', 'There are {v} people around it.', '{v} people live around {s}.'],
        ['One counts {v} people on its shore.', 'Its shore is home to {v} people.'],
      ],
      [
        ['How many people live there?', 'How many people live around {s}?', 'How many people are there?'],
        ['What number of people live at {s}?', 'How many people has its shore?'],
      ],
      '{v} people live there.',
    ),
    attribute(
      yearOf,
      [
        ['It was first mapped in {v}.', 'The first map of it is from {v}.'],
        ['Since {v} it is on maps.', 'In {v} it came onto a map.'],
      ],
      [
        ['When was it first mapped?', 'When was {s} first mapped?', 'From which year is the first map?'],
        ['Since what year is {s} on maps?', 'Which year is the first map of?'],
      ],
      'It was first mapped in {v}.',
    ),
  ],
}
