import { nameOf } from '../../families/people.ts'
import { attribute, type RecordKind } from './record.ts'
import { companyOf, countryOf, dateOf, daysOf, moneyOf } from './values.ts'

/** Agreements, as passages tell of them. */
export const AGREEMENT: RecordKind = {
  subject: (source) => `the agreement with ${companyOf(source)}`,
  attributes: [
    attribute(
      dateOf,
      [
        [
          'It begins on {v}.',
          'The agreement is valid from {v} on.',
          'The agreement starts on {v}.',
          'It starts on {v}.',
          'It is valid from {v}.',
        ],
        ['The agreement begins on {v}.', 'From {v} on it is valid.'],
      ],
      [
        [
          'When does it begin?',
          'Which day does the agreement begin?',
          'What start date does it have?',
          'From when on is it valid?',
          'When does the agreement start?',
          'What is the start date?',
          'When does it start?',
          'On which date does the agreement start?',
        ],
        ['When does the agreement begin?', 'Which start date is agreed?'],
      ],
      'It starts on {v}.',
    ),
    attribute(
      daysOf,
      [
        [
          'To end it takes a notice of {v}.',
          'Each side can terminate with {v} of notice.',
          'Either party may terminate with {v} notice.',
          'The notice period is {v}.',
          'It can be ended with {v} notice.',
        ],
        ['Both sides may end it with {v} notice.', 'To terminate it takes {v} of notice.'],
      ],
      [
        [
          'How many days of notice does it take?',
          'With how much notice can it be ended?',
          'What notice must one give?',
          'How does one terminate it?',
          'How can the agreement be terminated?',
          'What is the notice period?',
          'How much notice is needed?',
          'What does it say about termination?',
          'How long is the notice period?',
        ],
        ['How many days of notice are needed?', 'With what notice can one terminate?'],
      ],
      'It can be terminated with {v} notice.',
    ),
    attribute(
      moneyOf,
      [
        [
          'Each month a fee of {v} is due.',
          'The fee comes to {v} a month.',
          'The fee is {v} per month.',
          'The monthly fee is {v}.',
          'Each month {v} is to be paid as a fee.',
        ],
        ['A fee of {v} is due each month.', 'Per month the fee comes to {v}.'],
      ],
      [
        [
          'Which fee does one pay?',
          'How high is the monthly fee?',
          'How much must be paid per month?',
          'What fee does it name?',
          'What is the fee?',
          'How much is the fee?',
          'What does it cost per month?',
          'What is the monthly fee?',
        ],
        ['How much is paid as a fee?', 'Which fee is agreed?'],
      ],
      'The fee is {v} per month.',
    ),
    attribute(
      daysOf,
      [
        [
          'One has {v} for the payment.',
          'There are {v} to pay.',
          'Payment is due within {v}.',
          'Invoices are paid within {v}.',
        ],
        ['One must pay within {v}.', 'The time for payment is {v}.'],
      ],
      [
        [
          'How many days does one have for payment?',
          'How long may payment take?',
          'By when must one pay?',
          'In how many days must be paid?',
          'When is payment due?',
          'Within how many days is payment due?',
          'How fast must one pay?',
          'What is the time for payment?',
        ],
        ['How many days are there for payment?', 'When must be paid?'],
      ],
      'Payment is due within {v}.',
    ),
    attribute(
      countryOf,
      [
        [
          'The law is the one of {v}.',
          'It stands under the law of {v}.',
          'The law of {v} applies.',
          'It is governed by the law of {v}.',
        ],
        ['For this agreement the law of {v} applies.', 'The law is that of {v}.'],
      ],
      [
        [
          'The law of what country applies?',
          'What country has the law that applies?',
          'Which law does it name?',
          'Under which law does it stand?',
          'Which law applies?',
          'What law governs the agreement?',
          "Which country's law applies?",
        ],
        ['The law of which country applies?', 'What law does it name?'],
      ],
      'The law of {v} applies.',
    ),
    attribute(
      nameOf,
      [
        [
          'It bears the name of {v}, who signed it.',
          'The signature is that of {v}.',
          'It was signed by {v}.',
          '{v} signed it.',
        ],
        ['The agreement bears the signature of {v}.', 'It carries the name of {v}, who signed.'],
      ],
      [
        [
          'Which person signed?',
          'Whose signature is on it?',
          'Who has signed?',
          'What is the name of the person who signed?',
          'Who signed the agreement?',
          'Who signed it?',
          'By whom was it signed?',
        ],
        ['Whose signature does it have?', 'Which person signed it?'],
      ],
      'It was signed by {v}.',
    ),
  ],
}
