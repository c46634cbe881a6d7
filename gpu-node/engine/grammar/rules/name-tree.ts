import { choice, type Expression, sequence, text } from '../gbnf/gbnf.ts'
import type { RuleSet } from '../gbnf/rule-set.ts'

/**
 * Names told apart bit by bit: a crit-bit tree (D. J. Bernstein, https://cr.yp.to/critbit.html) that is never changed, so
 * trees that differ by one name share all rules but those on the way to it. Every set of names that may come next then
 * costs some ten rules, and llama.cpp has a few ways open at a time instead of one for each name: it tries each of them
 * on every token of the vocabulary.
 */
export type NameTree = NameLeaf | NameFork

interface NameLeaf {
  kind: 'leaf'
  name: readonly number[]
  /** The rule for all that follows the name. */
  rule: Expression
}

interface NameFork {
  kind: 'fork'
  /** The place of the first character that differs, and the highest bit in which it does. */
  at: number
  bit: number
  /** One of the names, for the part that all of them share. */
  name: readonly number[]
  clear: NameTree
  isSet: NameTree
  rule: Expression
}

const codePoints = (name: string): number[] => Array.from(name, (character) => character.codePointAt(0) ?? 0)
const highestBit = (value: number): number => 1 << (31 - Math.clz32(value))

/** `tree` and one name more; none may be the beginning of another. `rule` is what follows the name. */
export function withName(
  rules: RuleSet,
  tree: NameTree | undefined,
  name: string,
  rule: Expression,
): NameTree {
  const leaf: NameLeaf = { kind: 'leaf', name: codePoints(name), rule }
  return tree === undefined ? leaf : insert(rules, tree, leaf)
}

/** The names of `tree`, each with what follows it. */
export const namesRule = (tree: NameTree): Expression => branch(tree, 0)

function insert(rules: RuleSet, tree: NameTree, leaf: NameLeaf): NameTree {
  const at = tree.name.findIndex((codePoint, index) => codePoint !== leaf.name[index])
  const bit = highestBit((tree.name[at] ?? 0) ^ (leaf.name[at] ?? 0))
  const isBeside = tree.kind === 'leaf' || at < tree.at || (at === tree.at && bit > tree.bit)
  if (isBeside) return fork(rules, at, bit, tree, leaf)
  const isSet = ((leaf.name[tree.at] ?? 0) & tree.bit) !== 0
  return isSet
    ? fork(rules, tree.at, tree.bit, tree.clear, insert(rules, tree.isSet, leaf))
    : fork(rules, tree.at, tree.bit, insert(rules, tree.clear, leaf), tree.isSet)
}

function fork(rules: RuleSet, at: number, bit: number, one: NameTree, other: NameTree): NameFork {
  const [clear, isSet] = ((one.name[at] ?? 0) & bit) === 0 ? [one, other] : [other, one]
  const rule = rules.add('name', choice(branch(clear, at), branch(isSet, at)))
  return { kind: 'fork', at, bit, name: one.name, clear, isSet, rule }
}

/** The characters from `start` that all names of `tree` share, then where they part. */
function branch(tree: NameTree, start: number): Expression {
  const shared = tree.name.slice(start, tree.kind === 'leaf' ? undefined : tree.at)
  return sequence(text(String.fromCodePoint(...shared)), tree.rule)
}
