import { MAX_COMPILE_STEPS, MAX_GRAMMAR_LENGTH } from './limits.ts'

/** How a refusal goes on behind the name of what takes too many steps. */
export const TOO_LONG = 'takes too long to compile, alone or with the other schemas of its request'

export interface CompileBudgetOptions {
  steps?: number
  characters?: number
  /** Of what this is a part: what is spent here is spent there, too. */
  whole?: CompileBudget
}

/** The budget of compiling, one for all schemas of a request. */
export class CompileBudget {
  readonly #whole: CompileBudget | undefined
  #steps: number
  #characters: number
  #isSpent = false

  constructor({
    steps = MAX_COMPILE_STEPS,
    characters = MAX_GRAMMAR_LENGTH,
    whole,
  }: CompileBudgetOptions = {}) {
    this.#whole = whole
    this.#steps = steps
    this.#characters = characters
  }

  /** Whether more steps were wanted, here or of a part, than there were. */
  get isSpent(): boolean {
    return this.#isSpent
  }

  /** False when there are not so many steps left. */
  spend(steps: number): boolean {
    this.#steps -= steps
    this.#whole?.spend(steps)
    if (this.#steps >= 0) return true
    this.#isSpent = true
    if (this.#whole) this.#whole.#isSpent = true
    return false
  }

  /** False when so many characters of grammar are too many; then none are taken. */
  write(characters: number): boolean {
    if (this.#whole) return this.#whole.write(characters)
    if (characters > this.#characters) return false
    this.#characters -= characters
    return true
  }

  /** Half of the steps that are left. */
  half(): CompileBudget {
    return new CompileBudget({ steps: Math.max(0, Math.floor(this.#steps / 2)), whole: this })
  }
}
