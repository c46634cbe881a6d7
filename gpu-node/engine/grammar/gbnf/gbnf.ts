import type { CodePointRange } from '../language/code-points.ts'

/** The right-hand side of a rule of llama.cpp's GBNF (grammars/README.md in its repository). */
export type Expression =
  | { kind: 'text'; text: string }
  | { kind: 'set'; ranges: readonly CodePointRange[] }
  | { kind: 'rule'; name: string }
  | { kind: 'sequence'; items: readonly Expression[] }
  | { kind: 'choice'; options: readonly Expression[] }
  | { kind: 'repeat'; item: Expression; min: number; max: number | undefined }

/** Matches nothing at all, not even the empty text. */
export const NEVER: Expression = { kind: 'choice', options: [] }
export const EMPTY: Expression = { kind: 'sequence', items: [] }

export const text = (value: string): Expression => (value ? { kind: 'text', text: value } : EMPTY)
export const set = (...ranges: readonly CodePointRange[]): Expression => ({ kind: 'set', ranges })
export const ref = (name: string): Expression => ({ kind: 'rule', name })

export function sequence(...items: readonly Expression[]): Expression {
  const flat: Expression[] = []
  const push = (item: Expression): void => {
    const previous = flat.at(-1)
    if (item.kind === 'sequence') for (const inner of item.items) push(inner)
    else if (previous?.kind === 'text' && item.kind === 'text')
      flat[flat.length - 1] = text(previous.text + item.text)
    else flat.push(item)
  }
  for (const item of items) push(item)
  const [only] = flat
  return flat.length === 1 && only ? only : { kind: 'sequence', items: flat }
}

export function choice(...options: readonly Expression[]): Expression {
  const flat = options.flatMap((option) => (option.kind === 'choice' ? option.options : [option]))
  const [only] = flat
  return flat.length === 1 && only ? only : { kind: 'choice', options: flat }
}

/** `item` must be a set or a rule: llama.cpp counts the rules inside a repeated group against its limit. */
export const repeat = (item: Expression, min: number, max: number | undefined): Expression =>
  max === 0 ? EMPTY : min === 1 && max === 1 ? item : { kind: 'repeat', item, min, max }

export const optional = (item: Expression): Expression =>
  item.kind === 'sequence' || item.kind === 'choice' ? choice(item, EMPTY) : repeat(item, 0, 1)
