import { MAX_COMPILE_STEPS, MAX_GRAMMAR_LENGTH } from './limits.ts'

/** How a refusal goes on behind the name of what takes too many steps. */
export const TOO_LONG = 'takes too long to compile, alone or with the other schemas of its request'

/** The budget of compiling, one for all schemas of a request. */
export class CompileBudget {
  #steps: number
  #characters: number

  constructor({ steps = MAX_COMPILE_STEPS, characters = MAX_GRAMMAR_LENGTH } = {}) {
    this.#steps = steps
    this.#characters = characters
  }

  /** False when there are not so many steps left. */
  spend(steps: number): boolean {
    this.#steps -= steps
    return this.#steps >= 0
  }

  /** False when so many characters of grammar are too many. */
  write(characters: number): boolean {
    this.#characters -= characters
    return this.#characters >= 0
  }
}
