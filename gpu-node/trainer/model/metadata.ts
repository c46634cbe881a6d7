/** A model that the trainer does not know how to train, in one sentence that names what it does not know. */
export class Untrainable extends Error {
  /** Where another file of the model could be trained. */
  readonly requirement: 'architecture' | 'precision'

  constructor(message: string, requirement: Untrainable['requirement'] = 'architecture') {
    super(message)
    this.requirement = requirement
  }
}

/** A wish that this model cannot follow, whoever trains it, in one sentence. */
export class UntrainableWish extends Error {}

/** The metadata of a GGUF file by whole keys, read with the type that is expected, each key noted as used. */
export class Metadata {
  readonly #values: ReadonlyMap<string, unknown>
  readonly #used = new Set<string>()

  /** `nested` is the metadata as `readGgufFileInfo` gives it: an object for each part of a key. */
  constructor(nested: object) {
    this.#values = new Map(flatten(nested, ''))
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  text(key: string): string | undefined {
    return this.#read(key, (value) => (typeof value === 'string' ? value : undefined), 'a text')
  }

  boolean(key: string): boolean | undefined {
    return this.#read(key, (value) => (typeof value === 'boolean' ? value : undefined), 'true or false')
  }

  number(key: string): number | undefined {
    return this.#read(
      key,
      (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined),
      'a number',
    )
  }

  /** A whole number of at least 1 that a graph can be built with. */
  count(key: string): number | undefined {
    return this.#read(
      key,
      (value) => (Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined),
      'a whole number above 0',
    )
  }

  /** As `count`; it must be there. */
  requiredCount(key: string): number {
    const count = this.count(key)
    if (count === undefined) throw new Untrainable(`The model's file lacks "${key}".`)
    return count
  }

  /** A list's items, as they are. */
  list(key: string): readonly unknown[] | undefined {
    return this.#read(key, (value) => (Array.isArray(value) ? value : undefined), 'a list')
  }

  /** Notes keys that change nothing of what is computed. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.#used.add(key)
  }

  /** Keys that begin so and were neither read nor ignored. */
  unused(prefix: string): string[] {
    return [...this.#values.keys()].filter((key) => key.startsWith(prefix) && !this.#used.has(key))
  }

  #read<T>(key: string, convert: (value: unknown) => T | undefined, expected: string): T | undefined {
    this.#used.add(key)
    const value = this.#values.get(key)
    if (value === undefined) return undefined
    const converted = convert(typeof value === 'bigint' ? Number(value) : value)
    if (converted === undefined) throw new Untrainable(`The model's "${key}" is not ${expected}.`)
    return converted
  }
}

function flatten(nested: object, prefix: string): [string, unknown][] {
  return Object.entries(nested).flatMap(([name, value]: [string, unknown]) => {
    const key = `${prefix}${name}`
    const isNested = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isNested ? flatten(value, `${key}.`) : [[key, value]]
  })
}
