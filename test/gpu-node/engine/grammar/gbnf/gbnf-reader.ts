/** A grammar's right-hand side, as llama.cpp reads it (grammars/README.md in its repository). */
export type Node =
  | { kind: 'set'; ranges: readonly (readonly [number, number])[] }
  | { kind: 'rule'; name: string }
  | { kind: 'sequence'; items: readonly Node[] }
  | { kind: 'choice'; options: readonly Node[] }
  | { kind: 'repeat'; item: Node; min: number; max: number }

export type Grammar = ReadonlyMap<string, Node>

/** Reads the part of GBNF that the compiler writes; throws on anything else. */
export function readGrammar(text: string): Grammar {
  const rules = new Map<string, Node>()
  for (const line of text.trimEnd().split('\n')) {
    const [, name = '', body = ''] = /^([a-zA-Z0-9-]+) ::= (.*)$/.exec(line) ?? []
    if (!name || rules.has(name)) throw new Error(`Not a rule, or one that is there already: ${line}`)
    rules.set(name, new Reader([...body]).read())
  }
  return rules
}

class Reader {
  #characters: readonly string[]
  #position = 0

  constructor(characters: readonly string[]) {
    this.#characters = characters
  }

  read(): Node {
    const node = this.#choice()
    if (this.#position < this.#characters.length)
      throw new Error(`Left over: ${this.#characters.slice(this.#position).join('')}`)
    return node
  }

  #peek = (): string => this.#characters[this.#position] ?? ''

  #take(expected: string): boolean {
    if (this.#peek() !== expected) return false
    this.#position += 1
    return true
  }

  #choice(): Node {
    const options = [this.#sequence()]
    while (this.#take('|')) {
      this.#take(' ')
      options.push(this.#sequence())
    }
    return { kind: 'choice', options }
  }

  #sequence(): Node {
    const items: Node[] = []
    for (let next = this.#peek(); next !== '' && next !== '|' && next !== ')'; next = this.#peek()) {
      items.push(this.#repeated(this.#atom()))
      this.#take(' ')
    }
    if (items.length === 0) throw new Error('An empty sequence is written "".')
    return { kind: 'sequence', items }
  }

  #atom(): Node {
    if (this.#take('(')) {
      const inner = this.#choice()
      if (!this.#take(')')) throw new Error('A group is not closed.')
      return inner
    }
    if (this.#take('"')) {
      const items: Node[] = []
      while (!this.#take('"')) {
        const codePoint = this.#codePoint()
        items.push({ kind: 'set', ranges: [[codePoint, codePoint]] })
      }
      return { kind: 'sequence', items }
    }
    if (this.#take('[')) return { kind: 'set', ranges: this.#ranges() }
    let name = ''
    while (/^[a-zA-Z0-9-]$/.test(this.#peek())) {
      name += this.#peek()
      this.#position += 1
    }
    if (!name) throw new Error(`Unexpected ${this.#peek()}.`)
    return { kind: 'rule', name }
  }

  #ranges(): (readonly [number, number])[] {
    const ranges: (readonly [number, number])[] = []
    while (!this.#take(']')) {
      const first = this.#codePoint()
      ranges.push([first, this.#take('-') ? this.#codePoint() : first])
    }
    return ranges
  }

  #codePoint(): number {
    const character = this.#peek()
    this.#position += 1
    if (character === '') throw new Error('The rule ends too early.')
    if (character !== '\\') return character.codePointAt(0) ?? 0
    const escaped = this.#peek()
    this.#position += 1
    const length = { x: 2, u: 4, U: 8 }[escaped]
    if (length === undefined) {
      if ('"\\[]-'.includes(escaped)) return escaped.charCodeAt(0)
      throw new Error(`llama.cpp does not know \\${escaped}.`)
    }
    const digits = this.#characters.slice(this.#position, this.#position + length).join('')
    this.#position += length
    return Number.parseInt(digits, 16)
  }

  #repeated(item: Node): Node {
    if (this.#take('*')) return { kind: 'repeat', item, min: 0, max: Number.POSITIVE_INFINITY }
    if (this.#take('+')) return { kind: 'repeat', item, min: 1, max: Number.POSITIVE_INFINITY }
    if (this.#take('?')) return { kind: 'repeat', item, min: 0, max: 1 }
    if (!this.#take('{')) return item
    const end = this.#characters.indexOf('}', this.#position)
    const [low = '', high] = this.#characters.slice(this.#position, end).join('').split(',')
    this.#position = end + 1
    const max = high === undefined ? Number(low) : high === '' ? Number.POSITIVE_INFINITY : Number(high)
    return { kind: 'repeat', item, min: Number(low), max }
  }
}
