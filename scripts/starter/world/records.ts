import { cityOf, madeUpName, nameOf, numberOf } from '../families/people.ts'
import type { Frames, Source } from '../source.ts'
import { capitalised } from '../source.ts'
import { COUNTRIES } from './countries.ts'
import { COLOURS, HOBBIES, JOBS, WORDS } from './things.ts'

/** Something that a passage says of its subject: `{s}` is the subject, `{v}` the value. */
export interface Attribute {
  value: (source: Source) => string
  said: Frames
  asked: Frames
  answer: string
}

/** What passages are about. */
export interface RecordKind {
  subject: (source: Source) => string
  attributes: readonly Attribute[]
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

const dateOf = (source: Source): string => {
  const [day, month, year] = [source.between(1, 28), source.pick(MONTHS), source.between(1950, 2035)]
  return source.chance(0.5) ? `${day} ${month} ${year}` : `${month} ${day}, ${year}`
}
const yearOf = (source: Source) => String(source.between(1850, 2030))
const moneyOf = (source: Source) =>
  `${source.pick(['$', '$', 'EUR '])}${source.chance(0.6) ? source.between(5, 999) : `${source.between(1, 99)},${source.pick(['000', '500', '250'])}`}`
const countOf = (source: Source) => String(numberOf(source))
const daysOf = (source: Source) => `${source.pick([7, 10, 14, 30, 45, 60, 90, source.between(2, 120)])} days`
const yearsOf = (source: Source) => `${source.between(2, 25)} years`
const wordOf = (source: Source) => source.pick(WORDS)
const companyOf = (source: Source) =>
  `${source.chance(0.5) ? nameOf(source) : capitalised(wordOf(source))} ${source.pick(['Ltd', 'Inc', 'Foods', 'Motors', 'Systems', 'Energy', 'Labs', 'Group', 'Works'])}`
const countryOf = (source: Source) => source.pick(COUNTRIES).country

const attribute = (
  value: Attribute['value'],
  said: [readonly string[], readonly string[]],
  asked: [readonly string[], readonly string[]],
  answer: string,
): Attribute => ({
  value,
  said: { train: said[0], held: said[1] },
  asked: { train: asked[0], held: asked[1] },
  answer,
})

export const RECORD_KINDS: readonly RecordKind[] = [
  {
    subject: (source) => `the agreement with ${companyOf(source)}`,
    attributes: [
      attribute(
        dateOf,
        [
          ['The agreement starts on {v}.', 'It starts on {v}.', 'It is valid from {v}.'],
          ['The agreement begins on {v}.', 'From {v} on it is valid.'],
        ],
        [
          [
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
            'Either party may terminate with {v} notice.',
            'The notice period is {v}.',
            'It can be ended with {v} notice.',
          ],
          ['Both sides may end it with {v} notice.', 'To terminate it takes {v} of notice.'],
        ],
        [
          [
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
          ['The fee is {v} per month.', 'The monthly fee is {v}.', 'Each month {v} is to be paid as a fee.'],
          ['A fee of {v} is due each month.', 'Per month the fee comes to {v}.'],
        ],
        [
          [
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
          ['Payment is due within {v}.', 'Invoices are paid within {v}.'],
          ['One must pay within {v}.', 'The time for payment is {v}.'],
        ],
        [
          [
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
          ['The law of {v} applies.', 'It is governed by the law of {v}.'],
          ['For this agreement the law of {v} applies.', 'The law is that of {v}.'],
        ],
        [
          ['Which law applies?', 'What law governs the agreement?', "Which country's law applies?"],
          ['The law of which country applies?', 'What law does it name?'],
        ],
        'The law of {v} applies.',
      ),
      attribute(
        nameOf,
        [
          ['It was signed by {v}.', '{v} signed it.'],
          ['The agreement bears the signature of {v}.', 'It carries the name of {v}, who signed.'],
        ],
        [
          ['Who signed the agreement?', 'Who signed it?', 'By whom was it signed?'],
          ['Whose signature does it have?', 'Which person signed it?'],
        ],
        'It was signed by {v}.',
      ),
    ],
  },
  {
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
  },
  {
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
  },
  {
    subject: (source) =>
      `the ${capitalised(wordOf(source))} ${source.pick(['Festival', 'Conference', 'Concert', 'Workshop', 'Fair', 'Meeting'])}`,
    attributes: [
      attribute(
        dateOf,
        [
          ['{S} takes place on {v}.', 'It takes place on {v}.', 'The date is {v}.'],
          ['On {v} {s} begins.', '{S} is planned for {v}.'],
        ],
        [
          ['When is {s}?', 'When does {s} take place?', 'On which date is {s}?', 'What is the date of {s}?'],
          ['Which date is {s} planned for?', 'What day is {s} on?'],
        ],
        '{S} takes place on {v}.',
      ),
      attribute(
        cityOf,
        [
          ['It is held in {v}.', '{S} is held in {v}.', 'The place is {v}.'],
          ['Guests meet in {v}.', '{S} comes to {v}.'],
        ],
        [
          ['Where is {s}?', 'Where is {s} held?', 'In which city is {s}?', 'Where does it take place?'],
          ['Which city is {s} held in?', 'In what place do guests meet?'],
        ],
        'It is held in {v}.',
      ),
      attribute(
        moneyOf,
        [
          ['A ticket costs {v}.', 'Tickets are {v}.', 'The price of a ticket is {v}.'],
          ['One pays {v} for a ticket.', 'For a ticket {v} is asked.'],
        ],
        [
          [
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
          ['The speaker is {v}.', '{v} gives the talk.', 'The talk is given by {v}.'],
          ['As a speaker comes {v}.', 'The main talk is that of {v}.'],
        ],
        [
          ['Who is the speaker?', 'Who speaks?', 'Who gives the talk?', 'Who is the speaker of {s}?'],
          ['Whose talk will be heard?', 'Which speaker comes?'],
        ],
        'The speaker is {v}.',
      ),
      attribute(
        countOf,
        [
          ['{v} guests are expected.', 'There will be {v} guests.'],
          ['One expects {v} guests.', 'Seats are there for {v} guests.'],
        ],
        [
          [
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
  },
  {
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
  },
  {
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
  },
]
