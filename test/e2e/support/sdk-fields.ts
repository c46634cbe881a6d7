/** As much of JSON Schema as an API's document uses to describe what is sent. */
interface Schema {
  $ref?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  allOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
}

const WORDS: Record<string, string> = { integer: 'number' }

/** The text of a type: fields by name, alternatives by their letters, so that two descriptions of one type are one text. */
class Described {
  readonly #all: Record<string, Schema>
  constructor(all: Record<string, Schema>) {
    this.#all = all
  }

  type(schema: Schema): string {
    if (schema.const !== undefined) return JSON.stringify(schema.const)
    if (schema.enum) return oneOf(schema.enum.map((value) => JSON.stringify(value)))
    if (schema.anyOf) return oneOf(schema.anyOf.map((one) => this.type(one)))
    const whole = this.#whole(schema)
    const kinds = [whole.type ?? 'object'].flat()
    return oneOf(kinds.map((kind) => this.#kind(kind, whole)))
  }

  #kind(kind: string, { items, properties, required, additionalProperties }: Schema): string {
    if (kind === 'array') return `Array<${this.type(items ?? {})}>`
    if (kind !== 'object') return WORDS[kind] ?? kind
    if (!properties) return `Record<string, ${this.type(additionalProperties as Schema)}>`
    const fields = Object.entries(properties).map(
      ([name, schema]) => `${name}${required?.includes(name) ? '' : '?'}: ${this.type(schema)}`,
    )
    return `{ ${fields.toSorted().join('; ')} }`
  }

  /** A schema with what it refers to, and what it is made of. */
  #whole(schema: Schema): Schema {
    const { $ref, allOf, ...rest } = schema
    const parts = [...($ref ? [this.#all[$ref.split('/').at(-1) ?? ''] ?? {}] : []), ...(allOf ?? [])]
    const wholes = [...parts.map((part) => this.#whole(part)), rest]
    const properties = Object.assign({}, ...wholes.map((part) => part.properties))
    return {
      ...Object.assign({}, ...wholes),
      ...(Object.keys(properties).length > 0 && { properties }),
      required: wholes.flatMap(({ required = [] }) => required),
    }
  }
}

const oneOf = (texts: string[]) => [...new Set(texts)].toSorted().join(' | ')

/** The types of an API's document by name, each as a type of TypeScript. */
export function documentedTypes(document: { components: { schemas: object } }): Map<string, string> {
  const schemas = document.components.schemas as Record<string, Schema>
  const described = new Described(schemas)
  return new Map(Object.entries(schemas).map(([name, schema]) => [name, described.type(schema)]))
}

/** A TypeScript program that compiles if the types that a package exports are those of the document, to the last field. */
export function comparison(from: string, types: Map<string, string>, names: readonly string[]): string {
  const each = names.map(
    (name) => `export const as${name}: Same<Api.${name}, ${types.get(name) ?? 'never'}> = true`,
  )
  return `import type * as Api from '${from}'
type Whole<T> = T extends readonly (infer One)[]
  ? Whole<One>[]
  : T extends object
    ? { [Name in keyof T]-?: Whole<Exclude<T[Name], undefined>> }
    : T
type Same<A, B> = [Whole<A>] extends [Whole<B>] ? ([Whole<B>] extends [Whole<A>] ? true : false) : false
${each.join('\n')}
`
}

/** A Python program that prints the types of a package's answers as texts of the same form, and what its calls take. */
export const PYTHON_TYPES = `
import dataclasses, inspect, json, typing
import rajora

WORDS = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}

def one_of(texts):
    return " | ".join(sorted(set(texts)))

def described(hint):
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Union:
        return one_of(described(one) for one in arguments)
    if origin is typing.Literal:
        return one_of(json.dumps(value) for value in arguments)
    if origin is dict:
        return f"Record<string, {described(arguments[1])}>"
    if hint in WORDS:
        return WORDS[hint]
    optional = {field.name for field in dataclasses.fields(hint) if field.default is None} if dataclasses.is_dataclass(hint) else set()
    # What may be left out of what is sent may be null as well, unlike what may be missing from an answer.
    left_out = getattr(hint, "__optional_keys__", set())
    fields = []
    for name, kind in typing.get_type_hints(hint).items():
        text = described(kind)
        if name in optional:
            text = text.replace("null | ", "").replace(" | null", "")
        fields.append(f"{name}?: {text}" if name in optional | left_out else f"{name}: {text}")
    return "{ " + "; ".join(sorted(fields)) + " }"

kinds = [kind for kind in vars(rajora).values() if dataclasses.is_dataclass(kind)] + [rajora.ChatMessage, rajora.ConfigChange]
taken = lambda method: sorted(set(inspect.signature(method).parameters) - {"self", "stream"})
client = rajora.Client(base_url="http://127.0.0.1")
print(json.dumps({
    "types": {kind.__name__: described(kind) for kind in kinds},
    "ChatRequest": taken(client.chat.completions.create),
    "Registration": taken(client.auth.register),
}))
`
