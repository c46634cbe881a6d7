import { cityOf, nameOf, numberOf } from '../../families/people.ts'
import type { Frames, Source } from '../../source.ts'
import { WORDS } from '../things.ts'
import { dayOf, type Parameter, text, type WorldTool, whole } from './world-tool.ts'

const VERBS = [
  'get',
  'find',
  'open',
  'close',
  'list',
  'delete',
  'create',
  'check',
  'move',
  'count',
  'paint',
  'lock',
  'print',
  'share',
] as const

/** Words of which tools are made that are never learned. */
const HELD_WORDS = 12
const PARAMETERS: readonly Parameter[] = [
  text('name', nameOf),
  text('city', cityOf),
  text('day', dayOf),
  whole('number', numberOf),
  whole('id', (source) => source.between(1, 9_999)),
]
const BESIDE: Readonly<Record<string, Frames>> = {
  name: {
    train: ['for {name}', 'of {name}', 'with the name {name}', 'named {name}', 'by {name}'],
    held: ['belonging to {name}', 'for {name}'],
  },
  city: { train: ['in {city}', 'from {city}', 'near {city}', 'to {city}'], held: ['at {city}', 'in {city}'] },
  day: { train: ['on {day}', 'for {day}', 'by {day}'], held: ['on {day}'] },
  number: {
    train: ['with the number {number}', 'number {number}', 'whose number is {number}'],
    held: ['that has the number {number}'],
  },
  id: { train: ['with the id {id}', 'id {id}', 'whose id is {id}'], held: ['that has the id {id}'] },
}

/** A tool that no application has: what it does stands in its name, so choosing it cannot be known by heart. */
export function madeUpTool(source: Source): WorldTool {
  const verb = source.pick(VERBS)
  const thing = source.pick(source.isHeld ? WORDS.slice(-HELD_WORDS) : WORDS.slice(0, -HELD_WORDS))
  const parameters = source.sample(PARAMETERS, source.pick([0, 1, 1, 1, 2]))
  const gaps = (side: 'train' | 'held') =>
    parameters.map(({ name }) => ` ${source.pick(BESIDE[name]?.[side] ?? [`{${name}}`])}`).join('')
  const said = (side: 'train' | 'held', frames: readonly string[]) =>
    frames.map((frame) => `${frame}${gaps(side)}.`)
  return {
    name: `${verb}_${thing}`,
    descriptions: [`${verb} a ${thing}.`, `Can ${verb} a ${thing}.`, `To ${verb} the ${thing}.`],
    parameters,
    asked: {
      train: said('train', [
        `Please ${verb} the ${thing}`,
        `I want to ${verb} a ${thing}`,
        `Can you ${verb} the ${thing}`,
        `${verb} a ${thing}`,
        `Help me to ${verb} a ${thing}`,
        `Could you ${verb} a ${thing}`,
        `You must ${verb} the ${thing}`,
        `I would like to ${verb} the ${thing}`,
        `Let us ${verb} a ${thing}`,
        `Now ${verb} the ${thing}`,
        `We have to ${verb} a ${thing}`,
        `Somebody should ${verb} the ${thing}`,
      ]),
      held: said('held', [`It is time to ${verb} the ${thing}`, `Would you ${verb} a ${thing}`]),
    },
  }
}
