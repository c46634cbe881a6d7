import { choice, EMPTY, type Expression, repeat, sequence } from './gbnf.ts'

/** Calls `visit` with the name of every rule that `expression` refers to, some of them more than once. */
export function visitRules(expression: Expression, visit: (name: string) => void): void {
  switch (expression.kind) {
    case 'rule':
      visit(expression.name)
      return
    case 'sequence':
      for (const item of expression.items) visitRules(item, visit)
      return
    case 'choice':
      for (const option of expression.options) visitRules(option, visit)
      return
    case 'repeat':
      visitRules(expression.item, visit)
      return
    case 'text':
    case 'set':
  }
}

/** Keeps the rules that some finite text matches, without the options that none does. */
export function withoutDeadEnds(rules: ReadonlyMap<string, Expression>): Map<string, Expression> {
  const alive = new Set<string>()
  const isAlive = (name: string): boolean => alive.has(name)
  const waiting = new Map<string, string[]>()
  // Rules are mostly defined before those that they refer to.
  const queue = [...rules.keys()].reverse()
  for (const name of queue) {
    const expression = rules.get(name)
    if (!expression || alive.has(name)) continue
    if (canEnd(expression, isAlive)) {
      alive.add(name)
      queue.push(...(waiting.get(name) ?? []))
      continue
    }
    visitRules(expression, (used) => {
      if (alive.has(used)) return
      const others = waiting.get(used)
      if (others) others.push(name)
      else waiting.set(used, [name])
    })
  }
  const kept = new Map<string, Expression>()
  for (const name of alive) {
    const expression = rules.get(name)
    const pruned = expression && prune(expression, isAlive)
    if (pruned) kept.set(name, pruned)
  }
  return kept
}

/** Tells whether a finite text matches, given the rules that one does. */
function canEnd(expression: Expression, isAlive: (name: string) => boolean): boolean {
  switch (expression.kind) {
    case 'text':
      return true
    case 'set':
      return expression.ranges.length > 0
    case 'rule':
      return isAlive(expression.name)
    case 'sequence':
      return expression.items.every((item) => canEnd(item, isAlive))
    case 'choice':
      return expression.options.some((option) => canEnd(option, isAlive))
    case 'repeat':
      return expression.min === 0 || canEnd(expression.item, isAlive)
  }
}

function prune(expression: Expression, isAlive: (name: string) => boolean): Expression | undefined {
  switch (expression.kind) {
    case 'text':
    case 'set':
    case 'rule':
      return canEnd(expression, isAlive) ? expression : undefined
    case 'sequence': {
      const items = expression.items.map((item) => prune(item, isAlive))
      if (items.every((item, index) => item === expression.items[index])) return expression
      const known = items.filter((item) => item !== undefined)
      return known.length === items.length ? sequence(...known) : undefined
    }
    case 'choice': {
      const options = expression.options.map((option) => prune(option, isAlive))
      if (options.length > 0 && options.every((option, index) => option === expression.options[index]))
        return expression
      const known = options.filter((option) => option !== undefined)
      return known.length > 0 ? choice(...known) : undefined
    }
    case 'repeat': {
      const item = prune(expression.item, isAlive)
      if (item === expression.item) return expression
      if (item) return repeat(item, expression.min, expression.max)
      return expression.min === 0 ? EMPTY : undefined
    }
  }
}
