import { splicedWord } from '../../families/drills.ts'
import { cityOf, nameOf, numberOf } from '../../families/people.ts'
import { filled, type Source, uncapitalised } from '../../source.ts'
import { WORDS } from '../things.ts'
import { MADE_UP_REQUESTS_REST } from './made-up-requests-rest.ts'
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

/** Verbs of the tools that are learned later. */
const LATER_VERBS = [
  ...['rent', 'sell', 'wash', 'repair', 'hide', 'pack', 'weigh', 'draw', 'fold', 'burn', 'plant', 'feed'],
  ...['rename', 'copy', 'save', 'load', 'start', 'stop', 'sort', 'clean', 'measure', 'split', 'lift', 'test'],
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
type Side = 'train' | 'later' | 'held'

const BESIDE: Readonly<Record<string, Readonly<Record<Side, readonly string[]>>>> = {
  name: {
    train: ['for {name}', 'of {name}', 'with the name {name}', 'named {name}', 'by {name}'],
    later: [
      'called {name}',
      'from {name}',
      'that {name} wants',
      'with {name}',
      'whose name is {name}',
      'under the name {name}',
    ],
    held: ['belonging to {name}', 'for {name}'],
  },
  city: {
    train: ['in {city}', 'from {city}', 'near {city}', 'to {city}'],
    later: [
      'for {city}',
      'of {city}',
      'close to {city}',
      'in the city of {city}',
      'around {city}',
      'in the middle of {city}',
    ],
    held: ['at {city}', 'in {city}'],
  },
  day: {
    train: ['on {day}', 'for {day}', 'by {day}'],
    later: [
      'before {day}',
      'until {day}',
      'from {day}',
      'of {day}',
      'not later than {day}',
      'when it is {day}',
    ],
    held: ['on {day}'],
  },
  number: {
    train: ['with the number {number}', 'number {number}', 'whose number is {number}'],
    later: [
      'with number {number}',
      'of the number {number}',
      'under the number {number}',
      'and take number {number}',
      'where the number is {number}',
      'using the number {number}',
    ],
    held: ['that has the number {number}'],
  },
  id: {
    train: ['with the id {id}', 'id {id}', 'whose id is {id}'],
    later: [
      'with id {id}',
      'of the id {id}',
      'under the id {id}',
      'and use id {id}',
      'where the id is {id}',
      'by its id {id}',
    ],
    held: ['that has the id {id}'],
  },
}

/** Ways to name a parameter beside the thing. What is learned later may be said as before, too. */
function besideOf(name: string, side: Side): readonly string[] {
  const ways = BESIDE[name]
  if (!ways) return [`{${name}}`]
  return side === 'later' ? [...ways.train, ...ways.later] : ways[side]
}

/** Of what is learned later, half is no word at all: what it is called can only be read. */
const NO_WORD_SHARE = 0.5

function thingOf(source: Source): string {
  if (source.isHeld) return source.pick(WORDS.slice(-HELD_WORDS))
  if (source.isWide && source.chance(NO_WORD_SHARE)) return uncapitalised(splicedWord(source))
  return source.pick(WORDS.slice(0, -HELD_WORDS))
}

/** A tool that no application has: what it does stands in its name, so choosing it cannot be known by heart. */
export function madeUpTool(source: Source): WorldTool {
  const verb = source.pick(source.isWide ? [...VERBS, ...LATER_VERBS] : VERBS)
  const thing = thingOf(source)
  const parameters = source.sample(PARAMETERS, source.pick([0, 1, 1, 1, 2]))
  const gaps = (side: Side) => parameters.map(({ name }) => ` ${source.pick(besideOf(name, side))}`).join('')
  const said = (side: Side, frames: readonly string[]) => frames.map((frame) => `${frame}${gaps(side)}.`)
  const train = said('train', [
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
  ])
  const held = said('held', [`It is time to ${verb} the ${thing}`, `Would you ${verb} a ${thing}`])
  // Drawn last, and only where it is used, so that all other draws stay as they are.
  const later = source.isWide
    ? said('later', [
        `Be so kind and ${verb} the ${thing}`,
        `There is a ${thing} that you should ${verb}`,
        `${verb} ${thing}`,
        `${verb} the ${thing}`,
        `${verb} my ${thing}`,
        `Please ${verb} one ${thing}`,
        `I need you to ${verb} the ${thing}`,
        `We want to ${verb} a ${thing}`,
        `Kindly ${verb} the ${thing}`,
        `My wish is to ${verb} a ${thing}`,
        `Try to ${verb} the ${thing}`,
        `Go and ${verb} a ${thing}`,
        `Do ${verb} the ${thing} for me`,
        `Your task is to ${verb} a ${thing}`,
        `The next step is to ${verb} the ${thing}`,
        `First of all, ${verb} the ${thing}`,
        `Is it possible to ${verb} a ${thing}`,
        `I ask you to ${verb} the ${thing}`,
        `You may ${verb} a ${thing} now`,
        `Do not forget to ${verb} the ${thing}`,
        `Quickly ${verb} a ${thing}`,
        `There is a ${thing} to ${verb}`,
        `Are you able to ${verb} the ${thing}`,
        `I have a ${thing} here, ${verb} it`,
      ])
    : []
  const named = (frame: string) => filled(frame, { verb, thing })
  const rest = source.isWhole ? said('later', MADE_UP_REQUESTS_REST.map(named)) : []
  return {
    name: `${verb}_${thing}`,
    descriptions: [`${verb} a ${thing}.`, `Can ${verb} a ${thing}.`, `To ${verb} the ${thing}.`],
    parameters,
    asked: { train, later, held, rest },
  }
}
