import { nameOf, numberOf } from '../../families/people.ts'
import { COLOURS } from '../things.ts'
import { attribute, type RecordKind } from './record.ts'
import { moneyOf, wordOf, yearsOf } from './values.ts'

/** Things that one can buy, as passages tell of them. */
export const DEVICE: RecordKind = {
  subject: (source) =>
    `the ${wordOf(source)} ${source.pick(['machine', 'lamp', 'phone', 'chair', 'bike', 'printer', 'pump', 'radio'])}`,
  attributes: [
    attribute(
      moneyOf,
      [
        ['{S} costs {v}.', 'It costs {v}.', 'The price of {s} is {v}.'],
        ['One can buy it for {v}.', 'In the shop {s} is {v}.'],
      ],
      [
        ['How much is {s}?', 'What does {s} cost?', 'What is the price of {s}?', 'How much does it cost?'],
        ['What must I pay for {s}?', 'For what price is {s} sold?'],
      ],
      '{S} costs {v}.',
    ),
    attribute(
      (source) => source.pick(COLOURS),
      [
        ['It is {v}.', '{S} is {v}.', 'The colour of {s} is {v}.'],
        ['It comes in {v}.', 'One gets it in {v} alone.'],
      ],
      [
        [
          'What colour is {s}?',
          'Which colour does {s} have?',
          'What color is it?',
          'What is the colour of {s}?',
        ],
        ['In which colour does {s} come?', 'Name the colour of {s}.'],
      ],
      'It is {v}.',
    ),
    attribute(
      (source) => `${numberOf(source)} kg`,
      [
        ['It weighs {v}.', '{S} weighs {v}.', 'Its weight is {v}.'],
        ['On the scales it has {v}.', 'With {v} it is not light.'],
      ],
      [
        [
          'How heavy is {s}?',
          'How much does {s} weigh?',
          'What is its weight?',
          'What is the weight of {s}?',
        ],
        ['Which weight does {s} have?', 'What does {s} weigh?'],
      ],
      'It weighs {v}.',
    ),
    attribute(
      yearsOf,
      [
        ['The warranty lasts {v}.', 'It has a warranty of {v}.', 'The warranty is {v}.'],
        ['One gets {v} of warranty.', 'A warranty of {v} comes with it.'],
      ],
      [
        [
          'How long is the warranty?',
          'How long does the warranty last?',
          'How many years is the warranty?',
          'What is the warranty?',
        ],
        ['For how many years is there a warranty?', 'What warranty does {s} have?'],
      ],
      'The warranty lasts {v}.',
    ),
    attribute(
      nameOf,
      [
        ['It was designed by {v}.', '{v} designed it.', 'Its designer is {v}.'],
        ['The design comes from {v}.', 'Behind the design stands {v}.'],
      ],
      [
        [
          'Who designed {s}?',
          'Who is the designer?',
          'By whom was {s} designed?',
          'Who is the designer of {s}?',
        ],
        ['From whom does the design come?', 'Name the designer.'],
      ],
      'It was designed by {v}.',
    ),
  ],
}
