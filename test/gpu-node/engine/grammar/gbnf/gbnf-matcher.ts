import type { Grammar, Node } from './gbnf-reader.ts'

/** The rest that is to be matched: `node`, then `next`; equal ones are the same object. */
interface Todo {
  node: Node
  next: Todo | undefined
  following: Map<Node, Todo>
}

/**
 * Tells whether texts match a grammar, by following every way to read them at once, as llama.cpp does with its stacks.
 */
export class Matcher {
  #grammar: Grammar
  #first = new Map<Node, Todo>()
  #fewer = new Map<Node, Map<string, Node>>()
  /** The most ways to read a text that were open at a time. */
  widest = 0

  constructor(grammar: Grammar) {
    this.#grammar = grammar
  }

  matches(text: string): boolean {
    let states = this.#open([this.#todo({ kind: 'rule', name: 'root' }, undefined)])
    for (const character of text) {
      const codePoint = character.codePointAt(0) ?? 0
      const after = [...states].flatMap((state) => {
        if (state?.node.kind !== 'set') return []
        return state.node.ranges.some(([first, last]) => first <= codePoint && codePoint <= last)
          ? [state.next]
          : []
      })
      if (after.length === 0) return false
      states = this.#open(after)
      this.widest = Math.max(this.widest, states.size)
    }
    return states.has(undefined)
  }

  #todo(node: Node, next: Todo | undefined): Todo {
    const siblings = next ? next.following : this.#first
    const known = siblings.get(node)
    if (known) return known
    const todo: Todo = { node, next, following: new Map() }
    siblings.set(node, todo)
    return todo
  }

  /** Replaces what is not a set of characters by what it stands for; `undefined` is the end of the text. */
  #open(from: readonly (Todo | undefined)[]): Set<Todo | undefined> {
    const seen = new Set(from)
    for (const todo of seen) for (const step of todo ? this.#expand(todo) : []) seen.add(step)
    return new Set([...seen].filter((todo) => !todo || todo.node.kind === 'set'))
  }

  #expand({ node, next }: Todo): (Todo | undefined)[] {
    switch (node.kind) {
      case 'set':
        return []
      case 'rule': {
        const rule = this.#grammar.get(node.name)
        if (!rule) throw new Error(`There is no rule ${node.name}.`)
        return [this.#todo(rule, next)]
      }
      case 'choice':
        return node.options.map((option) => this.#todo(option, next))
      case 'sequence':
        return [node.items.reduceRight<Todo | undefined>((after, item) => this.#todo(item, after), next)]
      case 'repeat': {
        const done = node.min === 0 ? [next] : []
        return node.max === 0
          ? done
          : [...done, this.#todo(node.item, this.#todo(this.#oneFewer(node), next))]
      }
    }
  }

  #oneFewer(node: Node & { kind: 'repeat' }): Node {
    const counts = this.#fewer.get(node.item) ?? new Map<string, Node>()
    this.#fewer.set(node.item, counts)
    const [min, max] = [Math.max(0, node.min - 1), node.max - 1]
    const known = counts.get(`${min} ${max}`) ?? { ...node, min, max }
    counts.set(`${min} ${max}`, known)
    return known
  }
}

/** The rules that can begin with themselves, which llama.cpp refuses. */
export function leftRecursions(grammar: Grammar): string[] {
  const nullable = new Set<string>()
  const isNullable = (node: Node): boolean => {
    switch (node.kind) {
      case 'set':
        return false
      case 'rule':
        return nullable.has(node.name)
      case 'sequence':
        return node.items.every(isNullable)
      case 'choice':
        return node.options.some(isNullable)
      case 'repeat':
        return node.min === 0 || isNullable(node.item)
    }
  }
  for (let before = -1; before < nullable.size; ) {
    before = nullable.size
    for (const [name, node] of grammar) if (isNullable(node)) nullable.add(name)
  }
  const firsts = (node: Node): string[] => {
    switch (node.kind) {
      case 'set':
        return []
      case 'rule':
        return [node.name]
      case 'choice':
        return node.options.flatMap(firsts)
      case 'repeat':
        return firsts(node.item)
      case 'sequence': {
        const end = node.items.findIndex((item) => !isNullable(item))
        return node.items.slice(0, end < 0 ? undefined : end + 1).flatMap(firsts)
      }
    }
  }
  const begins = new Map([...grammar].map(([name, node]) => [name, firsts(node)]))
  return [...grammar.keys()].filter((name) => {
    const reached = new Set(begins.get(name))
    for (const next of reached) for (const further of begins.get(next) ?? []) reached.add(further)
    return reached.has(name)
  })
}
