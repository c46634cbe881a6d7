import type { Grammar, Node } from './gbnf-reader.ts'

/** Equal seeds, equal numbers from 0 to below 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const knownHeights = new WeakMap<Grammar, Map<string, number>>()

/** A random text that matches `grammar`; after `budget` rules it takes the shortest way to an end. */
export function sampleText(grammar: Grammar, random: () => number, budget = 60): string {
  const heights = knownHeights.get(grammar) ?? heightsOf(grammar)
  knownHeights.set(grammar, heights)
  let left = budget
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const write = (node: Node): string => {
    switch (node.kind) {
      case 'set': {
        const [first, last] = pick(node.ranges)
        return String.fromCodePoint(first + Math.floor(random() * (last - first + 1)))
      }
      case 'rule':
        left -= 1
        return write(grammar.get(node.name) as Node)
      case 'sequence':
        return node.items.map(write).join('')
      case 'choice': {
        if (left > 0) return write(pick(node.options))
        return write(
          node.options.reduce((low, option) =>
            heightOf(option, heights) < heightOf(low, heights) ? option : low,
          ),
        )
      }
      case 'repeat': {
        const extra = left > 0 ? Math.floor(random() * (Math.min(node.max - node.min, 4) + 1)) : 0
        return Array.from({ length: node.min + extra }, () => write(node.item)).join('')
      }
    }
  }
  return write({ kind: 'rule', name: 'root' })
}

/** How many rules deep the shallowest text of each rule is. */
function heightsOf(grammar: Grammar): Map<string, number> {
  const heights = new Map<string, number>()
  for (let isChanged = true; isChanged; ) {
    isChanged = false
    for (const [name, node] of grammar) {
      const height = heightOf(node, heights) + 1
      if (height < (heights.get(name) ?? Number.POSITIVE_INFINITY)) {
        heights.set(name, height)
        isChanged = true
      }
    }
  }
  return heights
}

function heightOf(node: Node, heights: ReadonlyMap<string, number>): number {
  switch (node.kind) {
    case 'set':
      return 0
    case 'rule':
      return heights.get(node.name) ?? Number.POSITIVE_INFINITY
    case 'sequence':
      return Math.max(0, ...node.items.map((item) => heightOf(item, heights)))
    case 'choice':
      return Math.min(...node.options.map((option) => heightOf(option, heights)))
    case 'repeat':
      return node.min === 0 ? 0 : heightOf(node.item, heights)
  }
}
