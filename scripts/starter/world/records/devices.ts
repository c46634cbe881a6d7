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
        [
          'One buys {s} for {v}.',
          'In shops it is sold for {v}.',
          '{S} costs {v}.',
          'It costs {v}.',
          'The price of {s} is {v}.',
        ],
        ['One can buy it for {v}.', 'In the shop {s} is {v}.'],
      ],
      [
        [
          'For how much is {s} sold?',
          'What price does {s} have?',
          'How much must I pay for {s}?',
          'What must one pay?',
          'How much is {s}?',
          'What does {s} cost?',
          'What is the price of {s}?',
          'How much does it cost?',
        ],
        ['What must I pay for {s}?', 'For what price is {s} sold?'],
      ],
      '{S} costs {v}.',
    ),
    attribute(
      (source) => source.pick(COLOURS),
      [
        [
          '{S} comes in {v}.',
          'They sell it in {v}.',
          'It is {v}.',
          '{S} is {v}.',
          'The colour of {s} is {v}.',
        ],
        ['It comes in {v}.', 'One gets it in {v} alone.'],
      ],
      [
        [
          'Which colour does it come in?',
          'What is its colour?',
          'In what colour is {s} sold?',
          'What colour does one get?',
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
        [
          'Its weight on the scales is {v}.',
          'It has a weight of {v}.',
          'It weighs {v}.',
          '{S} weighs {v}.',
          'Its weight is {v}.',
        ],
        ['On the scales it has {v}.', 'With {v} it is not light.'],
      ],
      [
        [
          'What weight does {s} have?',
          'How much weight has it?',
          'What does it weigh?',
          'Which weight is told?',
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
        [
          'There is a warranty of {v}.',
          '{v} of warranty come with it.',
          'The warranty lasts {v}.',
          'It has a warranty of {v}.',
          'The warranty is {v}.',
        ],
        ['One gets {v} of warranty.', 'A warranty of {v} comes with it.'],
      ],
      [
        [
          'Which warranty does {s} have?',
          'What warranty is there?',
          'For how long is the warranty?',
          'How many years of warranty are there?',
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
        [
          'The design is by {v}.',
          'The design was made by {v}.',
          'It was designed by {v}.',
          '{v} designed it.',
          'Its designer is {v}.',
        ],
        ['The design comes from {v}.', 'Behind the design stands {v}.'],
      ],
      [
        [
          'Name who designed it.',
          'What is the name of the designer?',
          'Who made the design?',
          'From whom is the design?',
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
