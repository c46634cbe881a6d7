import type { Frames, Source } from '../../source.ts'

/** An argument of a tool. */
export interface Parameter {
  name: string
  type: 'string' | 'integer'
  value: (source: Source) => string | number
}

/** A tool of the small world, with requests that it fits: parameters stand in them by name. */
export interface WorldTool {
  name: string
  descriptions: readonly string[]
  parameters: readonly Parameter[]
  asked: Frames
}

/** A parameter of words. */
export const text = (name: string, value: (source: Source) => string): Parameter => ({
  name,
  type: 'string',
  value,
})

/** A parameter of whole numbers. */
export const whole = (name: string, value: (source: Source) => number): Parameter => ({
  name,
  type: 'integer',
  value,
})

const DAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
  'today',
  'tomorrow',
]

/** A day as one asks for it. */
export const dayOf = (source: Source) => source.pick(DAYS)
