import { AppError } from '../../../../shared/errors.ts'
import { MAX_PARAM_LENGTH, MAX_SCHEMA_DEPTH, MAX_SCHEMA_NODES } from '../limits.ts'
import { isObject } from './json-value.ts'

export type SchemaObject = Readonly<Record<string, unknown>>

/** A schema and every schema inside it, each found by its JSON pointer (RFC 6901). */
export class SchemaDocument {
  #root: unknown
  #param: string

  /** `param` is what a refusal calls the root, such as `response_format.json_schema.schema`. */
  constructor(root: unknown, param: string) {
    this.#root = root
    this.#param = param
    this.#checkSize()
  }

  /** The schema at `pointer`. Throws what is not a schema by name. */
  at(pointer: string): boolean | SchemaObject {
    const schema = this.#find(pointer)
    if (typeof schema === 'boolean' || isObject(schema)) return schema
    return this.refuse(pointer, 'must be a schema: an object or a boolean')
  }

  /** The place that the `$ref` at `pointer` names. Only places in this document can be looked up. */
  resolve(pointer: string, reference: unknown): string {
    const at = childOf(pointer, '$ref')
    if (typeof reference !== 'string') return this.refuse(at, 'must be a string')
    if (reference !== '#' && !reference.startsWith('#/')) {
      return this.refuse(at, 'must be "#" or begin with "#/": other documents and anchors are not looked up')
    }
    const target = decodeFragment(reference.slice(1))
    if (target === undefined || this.#find(target) === undefined)
      return this.refuse(at, 'names a place that is not in the schema')
    return target
  }

  /** Throws `invalid_request` about the keyword at `pointer`; `sentence` continues after its name. */
  refuse(pointer: string, sentence: string): never {
    const path = [this.#param, ...tokensOf(pointer)].filter((token) => token !== '')
    const name = tokensOf(pointer).at(-1)
    throw new AppError(
      'invalid_request',
      `${name === undefined ? 'The schema' : `"${name.slice(0, 100)}"`} ${sentence}.`,
      {
        param: path.join('.').slice(0, MAX_PARAM_LENGTH),
      },
    )
  }

  #find(pointer: string): unknown {
    let value = this.#root
    for (const token of tokensOf(pointer)) {
      if (Array.isArray(value)) value = /^(?:0|[1-9][0-9]*)$/.test(token) ? value[Number(token)] : undefined
      else value = isObject(value) && Object.hasOwn(value, token) ? value[token] : undefined
    }
    return value
  }

  /** Before anything recurses: a schema may be as deep as its sender likes. */
  #checkSize(): void {
    let nodes = 0
    let level: unknown[] = [this.#root]
    for (let depth = 0; level.length > 0; depth += 1) {
      nodes += level.length
      if (depth > MAX_SCHEMA_DEPTH) this.refuse('', `is nested more than ${MAX_SCHEMA_DEPTH} deep`)
      if (nodes > MAX_SCHEMA_NODES) this.refuse('', `holds more than ${MAX_SCHEMA_NODES} values`)
      level = level.flatMap((value) =>
        typeof value === 'object' && value !== null ? Object.values(value) : [],
      )
    }
  }
}

const escapeToken = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1')

export const childOf = (pointer: string, ...tokens: readonly (string | number)[]): string =>
  [pointer, ...tokens.map((token) => escapeToken(String(token)))].join('/')

const tokensOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))

/** RFC 6901 §6: a pointer in a fragment is percent-encoded. */
function decodeFragment(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return undefined // not percent-encoding: the caller says so
  }
}
