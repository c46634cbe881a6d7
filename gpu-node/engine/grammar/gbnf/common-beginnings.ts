import { choice, EMPTY, type Expression, ref, sequence, text } from './gbnf.ts'
import { innermostFirst } from './printer.ts'

/** Ways to go on that are looked at for one grammar, at most. What is beyond is left as it is. */
export const MAX_COMPARED_WAYS = 300_000

/** Parts of a rule up to which it is read as what it says: constants, and lists of a few. */
export const MAX_SPELLED_PARTS = 200

/** Rules for parts of an object, which have no meaning of their own. */
const PART_OF_OBJECT = /^(?:members|member|name)-/

/** A way to go on: what comes next, and what behind it. Equal ones are one object; none is the end. */
interface Way {
  id: number
  head: Expression
  rest: Way | undefined
}

export interface BeginningsOptions {
  /** A name for a rule that is not taken. */
  reserve: (base: string) => string
  spend: (steps: number) => void
  /** Absent: `MAX_COMPARED_WAYS`. */
  maxCompared?: number
}

/**
 * The same rules, where objects that are alternatives share what they have in common from their beginning on: `A B | A C` is
 * `A (B | C)`. llama.cpp keeps every alternative open until it is told apart, and tries all of them on every token of the
 * vocabulary; objects of a union often begin with the same names.
 */
export function shareBeginnings(
  rules: ReadonlyMap<string, Expression>,
  root: string,
  options: BeginningsOptions,
): Map<string, Expression> {
  return new Sharer(rules, root, options).share()
}

class Sharer {
  readonly #rules: Map<string, Expression>
  readonly #root: string
  readonly #options: BeginningsOptions
  /** The first of all rules that say the same, by each of them. */
  readonly #same = new Map<string, string>()
  readonly #ids = new Map<string, number>()
  readonly #idOf = new Map<Expression, number>()
  readonly #ways = new Map<string, Way>()
  readonly #shared = new Map<string, Expression>()
  readonly #parts = new Map<string, number>()
  #compared = 0

  constructor(rules: ReadonlyMap<string, Expression>, root: string, options: BeginningsOptions) {
    this.#rules = new Map(rules)
    this.#root = root
    this.#options = options
  }

  share(): Map<string, Expression> {
    const unions = [...this.#rules].filter(([, expression]) => this.#objectsIn(expression).length > 1)
    if (unions.length === 0) return this.#rules
    this.#findSame()
    for (const [name, expression] of unions) {
      if (this.#isEnough) break
      const objects = this.#objectsIn(expression)
      const isOther = (option: Expression): boolean => !objects.includes(option)
      const others = expression.kind === 'choice' ? expression.options.filter(isOther) : []
      const ways = new Set(objects.map((object) => this.#way(this.#bodyOf(object), undefined)))
      this.#rules.set(name, choice(...others, this.#objectsOf([...ways])))
    }
    return this.#rules
  }

  get #isEnough(): boolean {
    return this.#compared >= (this.#options.maxCompared ?? MAX_COMPARED_WAYS)
  }

  /** The alternatives that are objects. */
  #objectsIn(expression: Expression): Expression[] {
    if (expression.kind !== 'choice') return []
    return expression.options.filter((option) => option.kind === 'rule' && this.#begins(option.name, '{'))
  }

  #objectsOf(ways: readonly Way[]): Expression {
    const objects = this.#eitherOf(ways)
    // A rule of its own is how the value that it is can be known.
    return objects.kind === 'rule' ? objects : this.#add('object', objects)
  }

  #add(base: string, expression: Expression): Expression {
    const name = this.#options.reserve(base)
    this.#rules.set(name, expression)
    return ref(name)
  }

  /** A rule for all that these ways say. */
  #eitherOf(ways: readonly (Way | undefined)[]): Expression {
    const [first] = ways
    if (ways.length === 1) return spelled(first)
    const key = ways
      .map((way) => way?.id ?? 0)
      .sort((a, b) => a - b)
      .join()
    const known = this.#shared.get(key)
    if (known) return known
    if (this.#isEnough) return choice(...ways.map(spelled))
    const heads = new Set<Way | undefined>()
    for (const way of ways) this.#open(way, heads)
    this.#compared += heads.size
    this.#options.spend(heads.size)
    const groups = [...Map.groupBy(heads, (way) => this.#beginningOf(way)).values()]
    const either = choice(...groups.map((group) => this.#groupOf(group)))
    const made = groups.length === 1 ? either : this.#add('either', either)
    this.#shared.set(key, made)
    return made
  }

  /** All that ways say which begin alike. */
  #groupOf(group: readonly (Way | undefined)[]): Expression {
    const ways = group.filter((way) => way !== undefined)
    const [first, ...others] = ways
    if (first === undefined || others.length === 0) return spelled(first)
    const { head } = first
    if (head.kind !== 'text') return sequence(head, this.#eitherOf(unique(ways.map(({ rest }) => rest))))
    const texts = ways.map(({ head: other }) => Array.from(other.kind === 'text' ? other.text : ''))
    const [shortest = []] = texts.toSorted((a, b) => a.length - b.length)
    let length = 0
    while (length < shortest.length && texts.every((own) => own[length] === shortest[length])) length += 1
    const rests = ways.map(({ rest }, index) => {
      const left = (texts[index] ?? []).slice(length).join('')
      return left === '' ? rest : this.#way(text(left), rest)
    })
    return sequence(text(shortest.slice(0, length).join('')), this.#eitherOf(unique(rests)))
  }

  /** Equal for ways that begin with the same character of a text, or with the same other thing. */
  #beginningOf(way: Way | undefined): string {
    if (way === undefined) return ''
    const { head } = way
    return head.kind === 'text' ? `t${head.text.codePointAt(0)}` : String(this.#id(head))
  }

  /** The ways that a way begins with, down to what is not looked into. */
  #open(way: Way | undefined, into: Set<Way | undefined>): void {
    if (way === undefined) {
      into.add(undefined)
      return
    }
    const { head, rest } = way
    if (head.kind === 'sequence') {
      this.#open(
        head.items.reduceRight<Way | undefined>((behind, item) => this.#way(item, behind), rest),
        into,
      )
    } else if (head.kind === 'choice') {
      for (const option of head.options) this.#open(this.#way(option, rest), into)
    } else if (head.kind !== 'rule') into.add(way)
    else {
      const name = this.#target(head.name)
      if (this.#isSpelled(name)) this.#open(this.#way(this.#bodyOf(ref(name)), rest), into)
      else into.add(this.#way(ref(name), rest))
    }
  }

  #way(head: Expression, rest: Way | undefined): Way {
    const key = `${this.#id(head)} ${rest?.id ?? 0}`
    const way = this.#ways.get(key) ?? { id: this.#ways.size + 1, head, rest }
    this.#ways.set(key, way)
    return way
  }

  /** Equal for expressions that say the same in the same way. */
  #id(expression: Expression): number {
    const known = this.#idOf.get(expression)
    if (known !== undefined) return known
    const key = this.#keyOf(expression)
    const id = this.#ids.get(key) ?? this.#ids.size + 1
    this.#ids.set(key, id)
    this.#idOf.set(expression, id)
    return id
  }

  #keyOf(expression: Expression): string {
    const ids = (items: readonly Expression[]): string => items.map((item) => this.#id(item)).join()
    switch (expression.kind) {
      case 'text':
        return `text ${expression.text}`
      case 'set':
        return `set ${expression.ranges.join()}`
      case 'rule':
        return `rule ${this.#target(expression.name)}`
      case 'sequence':
        return `sequence ${ids(expression.items)}`
      case 'choice':
        return `choice ${ids(expression.options)}`
      case 'repeat':
        return `repeat ${this.#id(expression.item)} ${expression.min} ${expression.max}`
    }
  }

  /** Rules that say the same are the same: two schemas of a text are one, wherever they stand. */
  #findSame(): void {
    const byBody = new Map<number, string>()
    for (const name of innermostFirst(this.#rules, this.#root)) {
      const body = this.#rules.get(name) ?? EMPTY
      const id = this.#id(body)
      const same = body.kind === 'rule' ? this.#target(body.name) : byBody.get(id)
      if (same !== undefined && same !== name) this.#same.set(name, same)
      else byBody.set(id, name)
    }
  }

  #target(name: string): string {
    return this.#same.get(name) ?? name
  }

  #bodyOf(expression: Expression): Expression {
    return (expression.kind === 'rule' ? this.#rules.get(expression.name) : undefined) ?? EMPTY
  }

  #begins(name: string, beginning: string): boolean {
    const body = this.#rules.get(name)
    const first = body?.kind === 'sequence' ? body.items[0] : body
    return first?.kind === 'text' && first.text.startsWith(beginning)
  }

  /** Whether a rule is read as what it says. Lists and objects are not: they are values whatever is in them. */
  #isSpelled(name: string): boolean {
    return PART_OF_OBJECT.test(name) || this.#partsOf(name, MAX_SPELLED_PARTS) <= MAX_SPELLED_PARTS
  }

  /** How many parts a rule has with all that it refers to, or more than `most`. */
  #partsOf(name: string, most: number): number {
    const known = this.#parts.get(name)
    if (known !== undefined) return known
    this.#parts.set(name, Number.POSITIVE_INFINITY) // while it is counted: one that refers to itself has no end
    const isValue = this.#begins(name, '{') || this.#begins(name, '[')
    const parts = isValue ? Number.POSITIVE_INFINITY : this.#countParts(this.#bodyOf(ref(name)), most)
    this.#parts.set(name, parts)
    return parts
  }

  #countParts(expression: Expression, most: number): number {
    if (most < 0) return Number.POSITIVE_INFINITY
    const sum = (items: readonly Expression[]): number => {
      let parts = 1
      for (const item of items) parts += this.#countParts(item, most - parts)
      return parts
    }
    switch (expression.kind) {
      case 'text':
      case 'set':
        return 1
      case 'rule':
        return this.#partsOf(this.#target(expression.name), most - 1)
      case 'sequence':
        return sum(expression.items)
      case 'choice':
        return sum(expression.options)
      case 'repeat':
        return Number.POSITIVE_INFINITY
    }
  }
}

const unique = <Item>(items: readonly Item[]): Item[] => [...new Set(items)]

/** A way as it was before it was looked into. */
function spelled(way: Way | undefined): Expression {
  const items: Expression[] = []
  for (let part = way; part; part = part.rest) items.push(part.head)
  return sequence(...items)
}
