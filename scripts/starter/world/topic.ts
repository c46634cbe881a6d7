/** Something about Switchyard that is asked for in two ways: how one does it, or what it is. */
export interface Topic {
  answer: string
  /** Each fits behind "How do I". */
  ways: readonly string[]
  /** Each fits behind "What is". */
  things: readonly string[]
  /** Whole questions that fit neither. */
  asked: readonly string[]
}

/** A topic with what it has of questions. */
export const topic = (answer: string, rest: Partial<Omit<Topic, 'answer'>>): Topic => ({
  answer,
  ways: [],
  things: [],
  asked: [],
  ...rest,
})
