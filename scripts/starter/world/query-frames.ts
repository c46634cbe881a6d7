import type { Frames } from '../source.ts'

/** Ways to put numbers together. */
export type Aggregate = 'sum' | 'avg' | 'min' | 'max'
/** As often as they are asked for. */
export const AGGREGATES: readonly Aggregate[] = ['sum', 'avg', 'avg', 'min', 'max', 'sum']
export const AGGREGATE_WORDS: Readonly<Record<Aggregate, Frames>> = {
  sum: {
    train: ['total {n}', 'sum of {n}', 'total of {n}', 'total {n}'],
    held: ['total {n}', 'sum of all {n}'],
  },
  avg: {
    train: ['average {n}', 'mean {n}', 'average of {n}', 'average {n}'],
    held: ['average {n}', 'mean of {n}'],
  },
  min: {
    train: ['lowest {n}', 'smallest {n}', 'minimum {n}', 'least {n}'],
    held: ['lowest {n}', 'minimum of {n}'],
  },
  max: {
    train: ['highest {n}', 'largest {n}', 'maximum {n}', 'greatest {n}'],
    held: ['highest {n}', 'maximum of {n}'],
  },
}

export const WHOLE: Frames = {
  train: [
    'What is the {m}?',
    'What was the {m}?',
    'Show the {m}.',
    'Tell me the {m}.',
    'Calculate the {m}.',
    'the {m}',
    'Give me the {m}.',
    'I need the {m}.',
    'How much is the {m}?',
    'the {m}, please',
    'I want to know the {m}.',
    'Compute the {m}.',
    'Do you know the {m}?',
    'What {m} is there?',
  ],
  held: ['Which is the {m}?', 'Find the {m}.', 'Could you work out the {m}?'],
}
export const GROUPED: Frames = {
  train: [
    'What is the {m} by {t}?',
    'Show the {m} by {t}.',
    'What is the {m} per {t}?',
    'Show me the {m} for each {t}.',
    'the {m} by {t}',
    'Give me the {m} per {t}.',
    'How does the {m} differ by {t}?',
    'Compare the {m} by {t}.',
    'List the {m} for every {t}.',
    'Chart the {m} by {t}.',
    'By {t}, what is the {m}?',
    'Split the {m} by {t}.',
    'I need the {m} per {t}.',
    'Group the {m} by {t}.',
    'Which {m} does each {t} have?',
    'For every {t} show the {m}.',
    'What {m} has each {t}?',
  ],
  held: ['For each {t}, what is the {m}?', 'Break the {m} down by {t}.', 'I want the {m} of every {t}.'],
}
export const FILTERED: Frames = {
  train: [
    'What is the {m} where {t} is {v}?',
    'What is the {m} for {v}?',
    'Show the {m} of {v}.',
    'the {m} in {v}',
    'What was the {m} for {t} {v}?',
    'Tell me the {m} for {v}.',
    'How much is the {m} of {v}?',
    'When {t} is {v}, what is the {m}?',
    'I want the {m} for {t} {v}.',
    'Only for {v}: the {m}',
    'What {m} does {v} have?',
    'With {t} {v}, what is the {m}?',
    'Give me the {m} where {t} is {v}.',
  ],
  held: ['If {t} is {v}, what is the {m}?', 'I need the {m} of {t} {v}.', 'For {v} alone, what is the {m}?'],
}
export const TOP: Frames = {
  train: [
    'Which {t} has the highest {n}?',
    'Which {t} has the most {n}?',
    'What {t} has the largest {n}?',
    'Show the {t} with the highest {n}.',
    'Which is the {t} with the most {n}?',
    'The {t} with the highest {n}?',
    'Which {t} is first by {n}?',
    'Tell me the {t} with the highest {n}.',
    'What is the top {t} by {n}?',
    'Who or what {t} leads in {n}?',
    'Find the {t} with the most {n}.',
  ],
  held: ['Name the {t} with the most {n}.', 'What is the best {t} by {n}?'],
}
export const BOTTOM: Frames = {
  train: [
    'Which {t} has the lowest {n}?',
    'Which {t} has the least {n}?',
    'What {t} has the smallest {n}?',
    'Show the {t} with the lowest {n}.',
    'Which {t} is last by {n}?',
    'Tell me the {t} with the lowest {n}.',
    'What is the bottom {t} by {n}?',
    'Find the {t} with the least {n}.',
  ],
  held: ['Name the {t} with the least {n}.', 'What is the worst {t} by {n}?'],
}
export const SEVERAL: Frames = {
  train: [
    'Show the top {k} {t} by {n}.',
    'What are the {k} {t} with the most {n}?',
    'Which {k} {t} have the highest {n}?',
    'top {k} {t} by {n}',
    'List the {k} {t} with the highest {n}.',
    'I want the {k} largest {t} by {n}.',
    'Find the top {k} {t} in {n}.',
    'Show me {k} {t} with the most {n}.',
  ],
  held: ['Give me the best {k} {t} by {n}.', 'Name the {k} {t} with the most {n}.'],
}
export const COUNTED: Frames = {
  train: [
    'How many rows are there?',
    'How many rows does it have?',
    'Count the rows.',
    'What is the number of rows?',
    'How many entries are there?',
    'How large is the table?',
    'Give me the number of rows.',
    'How many rows in all?',
    'Row count',
  ],
  held: ['How many rows do we have?', 'Tell me how many rows there are.'],
}
export const COUNTED_BY: Frames = {
  train: [
    'How many rows are there per {t}?',
    'How many rows for each {t}?',
    'Count the rows by {t}.',
    'What is the number of rows per {t}?',
    'How often does each {t} occur?',
    'Count rows for every {t}.',
    'Rows per {t}',
    'How many rows has each {t}?',
    'By {t}, how many rows are there?',
  ],
  held: ['For each {t}, how many rows are there?', 'Number of rows by {t}, please.'],
}
export const COUNTED_OF: Frames = {
  train: [
    'How many rows have {t} {v}?',
    'How many rows are there with {t} {v}?',
    'Count the rows where {t} is {v}.',
    'How many rows are {v}?',
    'How many times does {v} occur?',
    'How many rows are of {t} {v}?',
    'Count {v}.',
    'Number of rows with {t} {v}',
    'When {t} is {v}, how many rows are there?',
  ],
  held: ['In how many rows is {t} {v}?', 'How often is {t} {v}?'],
}
export const COMPARED: Readonly<Record<'>' | '<', Frames>> = {
  '>': {
    train: [
      'How many rows have {n} above {x}?',
      'How many rows have {n} over {x}?',
      'Count the rows with {n} greater than {x}.',
      'How many rows have more than {x} {n}?',
    ],
    held: ['In how many rows is {n} above {x}?', 'How often is {n} more than {x}?'],
  },
  '<': {
    train: [
      'How many rows have {n} below {x}?',
      'How many rows have {n} under {x}?',
      'Count the rows with {n} less than {x}.',
      'How many rows have less than {x} {n}?',
    ],
    held: ['In how many rows is {n} below {x}?', 'How often is {n} less than {x}?'],
  },
}
export const IN_QUARTER: Frames = {
  train: [
    'What is the {m} for Q{q}?',
    'What was the {m} in Q{q}?',
    'the {m} in Q{q}',
    'Show the {m} of Q{q}.',
    'Tell me the {m} for quarter {q}.',
    'What is the {m} in the quarter {q}?',
  ],
  held: ['How much was the {m} for Q{q}?', 'Which {m} did Q{q} have?'],
}
