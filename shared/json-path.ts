/** Where something is in a JSON value. */
export type Path = readonly (string | number)[]

/** Characters of a name or a value that a sentence repeats. */
const MAX_SHOWN_LENGTH = 64

/** A name or a value of the sender's as it is repeated to them: whole, unless it is long. */
export const shownName = (name: string): string =>
  name.length > MAX_SHOWN_LENGTH ? `${name.slice(0, MAX_SHOWN_LENGTH).toWellFormed()}…` : name

/** `messages[0].role`, as OpenAI names a parameter. */
export const paramOf = (path: Path): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text ? `${text}.${shownName(part)}` : shownName(part)
  }, '')
