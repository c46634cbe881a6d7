import { MAX_AUTOMATON_STATES, MAX_REGEX_STATES } from '../limits.ts'
import { ALL_CODE_POINTS, type CodePointRange, includesCodePoint, normalizeRanges } from './code-points.ts'
import type { Refuse, Regex } from './regex.ts'

/** The budget of building: `spend` refuses when a whole schema's automata have taken too many steps. */
export interface Effort {
  refuse: Refuse
  spend: (steps: number) => void
}

export interface AutomatonEdge {
  ranges: readonly CodePointRange[]
  to: number
}
export interface AutomatonState {
  isAccepting: boolean
  edges: readonly AutomatonEdge[]
}

/**
 * A deterministic automaton over code points: the first state is the start, no two edges of a state share a code
 * point, and every state except perhaps the start leads to acceptance. Determinism is what makes it worth building:
 * languages can be intersected and subtracted, and llama.cpp follows a single stack through the grammar made of it.
 */
export type Automaton = readonly AutomatonState[]

const DEAD = -1
const TOO_LARGE =
  'takes too large a grammar, alone or with the other patterns, formats, names and lengths of one value'

interface NfaState {
  skips: number[]
  edges: AutomatonEdge[]
}

/** The strings that `regex`, which holds no anchors, matches as a whole. */
export function automatonOf(regex: Regex, effort: Effort): Automaton {
  const states: NfaState[] = []
  const add = (): number => {
    if (states.length >= MAX_REGEX_STATES) effort.refuse(TOO_LARGE)
    return states.push({ skips: [], edges: [] }) - 1
  }
  const end = add()
  const start = thompson(regex, end, states, add)
  return determinize(states, start, end, effort)
}

/** Adds the states that match `regex` and continue at `next`; returns their first. */
function thompson(regex: Regex, next: number, states: NfaState[], add: () => number): number {
  switch (regex.kind) {
    case 'set': {
      const state = add()
      states[state]?.edges.push({ ranges: regex.ranges, to: next })
      return state
    }
    case 'sequence':
      return regex.items.reduceRight((after, item) => thompson(item, after, states, add), next)
    case 'choice': {
      const state = add()
      for (const option of regex.options) states[state]?.skips.push(thompson(option, next, states, add))
      return state
    }
    case 'repeat': {
      let after = next
      if (regex.max === undefined) {
        after = add()
        states[after]?.skips.push(thompson(regex.item, after, states, add), next)
      }
      for (let count = regex.min; count < (regex.max ?? 0); count += 1) {
        const optional = add()
        states[optional]?.skips.push(thompson(regex.item, after, states, add), next)
        after = optional
      }
      for (let count = 0; count < regex.min; count += 1) {
        // One state for each round, so that even rounds of nothing are counted.
        const round = add()
        states[round]?.skips.push(thompson(regex.item, after, states, add))
        after = round
      }
      return after
    }
    case 'start':
    case 'end':
      throw new Error('Anchors are resolved before an automaton is built.')
  }
}

function closureOf(states: readonly NfaState[], from: readonly number[]): number[] {
  const reached = new Set(from)
  for (const state of reached) for (const skip of states[state]?.skips ?? []) reached.add(skip)
  return [...reached].sort((a, b) => a - b)
}

function determinize(nfa: readonly NfaState[], start: number, end: number, effort: Effort): Automaton {
  return explore(
    closureOf(nfa, [start]),
    (set) => set.join(),
    (set) => ({
      isAccepting: set.includes(end),
      moves: splitEdges(
        set.flatMap((state) => nfa[state]?.edges ?? []),
        effort,
      ).map(({ ranges, targets }) => {
        const to = closureOf(nfa, targets)
        effort.spend(to.length)
        return { ranges, to }
      }),
    }),
    effort,
  )
}

/** Cuts edges that overlap into ones that do not, each with every target it leads to. */
function splitEdges(
  edges: readonly AutomatonEdge[],
  effort: Effort,
): { ranges: CodePointRange[]; targets: number[] }[] {
  const cuts = new Set(edges.flatMap(({ ranges }) => ranges.flatMap(([first, last]) => [first, last + 1])))
  const points = [...cuts].sort((a, b) => a - b)
  effort.spend(points.length * edges.length)
  const byTargets = new Map<string, { ranges: CodePointRange[]; targets: number[] }>()
  points.slice(0, -1).forEach((first, index) => {
    const hit = edges.filter(({ ranges }) => includesCodePoint(ranges, first)).map(({ to }) => to)
    const targets = [...new Set(hit)].sort((a, b) => a - b)
    if (targets.length === 0) return
    const group = byTargets.get(targets.join()) ?? { ranges: [], targets }
    group.ranges.push([first, (points[index + 1] ?? 0) - 1])
    byTargets.set(targets.join(), group)
  })
  return [...byTargets.values()]
}

interface Exploration<T> {
  isAccepting: boolean
  moves: readonly { ranges: readonly CodePointRange[]; to: T }[]
}

/** Numbers everything reachable from `start` and drops what never accepts. */
function explore<T>(
  start: T,
  keyOf: (item: T) => string,
  look: (item: T) => Exploration<T>,
  effort: Effort,
): Automaton {
  const numbers = new Map([[keyOf(start), 0]])
  const queue = [start]
  const states: AutomatonState[] = []
  for (const item of queue) {
    const { isAccepting, moves } = look(item)
    effort.spend(1 + moves.length)
    const edges = moves.map(({ ranges, to }) => {
      const key = keyOf(to)
      const known = numbers.get(key)
      if (known !== undefined) return { ranges: normalizeRanges(ranges), to: known }
      if (queue.length >= MAX_AUTOMATON_STATES) effort.refuse(TOO_LARGE)
      numbers.set(key, queue.length)
      queue.push(to)
      return { ranges: normalizeRanges(ranges), to: queue.length - 1 }
    })
    states.push({ isAccepting, edges })
  }
  return trim(states)
}

function trim(states: readonly AutomatonState[]): Automaton {
  const sources = states.map((): number[] => [])
  states.forEach((state, index) => {
    for (const { to } of state.edges) sources[to]?.push(index)
  })
  const alive = new Set(states.flatMap((state, index) => (state.isAccepting ? [index] : [])))
  for (const state of alive) for (const source of sources[state] ?? []) alive.add(source)
  const kept = states.flatMap((_state, index) => (index === 0 || alive.has(index) ? [index] : []))
  const renumbered = new Map(kept.map((old, index) => [old, index]))
  return kept.map((old) => ({
    isAccepting: states[old]?.isAccepting ?? false,
    edges: (states[old]?.edges ?? []).flatMap(({ ranges, to }) => {
      const target = renumbered.get(to)
      return target === undefined || !alive.has(to) ? [] : [{ ranges, to: target }]
    }),
  }))
}

/** The strings on which `accepts` says yes, given whether each of the two automata accepts them. */
export function combine(
  left: Automaton,
  right: Automaton,
  accepts: (left: boolean, right: boolean) => boolean,
  effort: Effort,
): Automaton {
  // Targets are told apart by number, so those of the right are moved beyond those of the left.
  const shift = left.length
  const mayAccept = ([first, second]: readonly [number, number]): boolean =>
    accepts(first !== DEAD, second !== DEAD) || accepts(first !== DEAD, false)
  return explore<readonly [number, number]>(
    [0, 0],
    (pair) => pair.join(),
    ([first, second]) => {
      const edges = [
        ...(left[first]?.edges ?? []),
        ...(right[second]?.edges ?? []).map(({ ranges, to }) => ({ ranges, to: to + shift })),
      ]
      return {
        isAccepting: accepts(left[first]?.isAccepting ?? false, right[second]?.isAccepting ?? false),
        moves: splitEdges(edges, effort).flatMap(({ ranges, targets }) => {
          const after = targets.find((target) => target >= shift)
          const to = [
            targets.find((target) => target < shift) ?? DEAD,
            after === undefined ? DEAD : after - shift,
          ] as const
          return mayAccept(to) ? [{ ranges, to }] : []
        }),
      }
    },
    effort,
  )
}

export const intersect = (left: Automaton, right: Automaton, effort: Effort): Automaton =>
  combine(left, right, (inLeft, inRight) => inLeft && inRight, effort)

export const subtract = (left: Automaton, right: Automaton, effort: Effort): Automaton =>
  combine(left, right, (inLeft, inRight) => inLeft && !inRight, effort)

export const unite = (left: Automaton, right: Automaton, effort: Effort): Automaton =>
  combine(left, right, (inLeft, inRight) => inLeft || inRight, effort)

export const ANY_STRING: Automaton = [{ isAccepting: true, edges: [{ ranges: ALL_CODE_POINTS, to: 0 }] }]
export const NO_STRING: Automaton = [{ isAccepting: false, edges: [] }]

export const isEmptyLanguage = (automaton: Automaton): boolean =>
  automaton[0]?.isAccepting !== true && automaton[0]?.edges.length === 0

/** Strings of at least `min` and at most `max` code points (JSON Schema validation §6.3.1 and §6.3.2). */
export function lengthAutomaton(min: number, max: number | undefined, effort: Effort): Automaton {
  const last = max ?? min
  if (last >= MAX_AUTOMATON_STATES)
    effort.refuse('is too high to be combined with a pattern, format or key name')
  return Array.from({ length: last + 1 }, (_, length) => {
    const to = length < last ? length + 1 : length
    const isFinal = length === last && max !== undefined
    return { isAccepting: length >= min, edges: isFinal ? [] : [{ ranges: ALL_CODE_POINTS, to }] }
  })
}

/** Exactly these strings, which must be well formed. */
export function literalsAutomaton(texts: readonly string[]): Automaton {
  const states: { isAccepting: boolean; next: Map<number, number> }[] = [
    { isAccepting: false, next: new Map() },
  ]
  for (const text of texts) {
    let state = states[0]
    for (const character of text) {
      const codePoint = character.codePointAt(0) ?? 0
      const to = state?.next.get(codePoint) ?? states.push({ isAccepting: false, next: new Map() }) - 1
      state?.next.set(codePoint, to)
      state = states[to]
    }
    if (state) state.isAccepting = true
  }
  return states.map(({ isAccepting, next }) => ({
    isAccepting,
    edges: [...next].map(([codePoint, to]) => ({ ranges: [[codePoint, codePoint]], to })),
  }))
}

export function accepts(automaton: Automaton, text: string): boolean {
  let state: AutomatonState | undefined = automaton[0]
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0
    const edge: AutomatonEdge | undefined = state?.edges.find(({ ranges }) =>
      includesCodePoint(ranges, codePoint),
    )
    if (!edge) return false
    state = automaton[edge.to]
  }
  return state?.isAccepting ?? false
}
