import { z } from 'zod'
import type { Tool } from '../tool.ts'
import { byCommonWords } from './common-words.ts'
import { MAX_NOTE_CHARACTERS, type Note, type Notes } from './notes.ts'

/** Characters of what is looked for among notes, and notes of one answer. */
export const MAX_RECALL_CHARACTERS = 500
export const MAX_RECALLED = 20

const MEMORY_LIMIT_MS = 5_000

const Remembered = z.strictObject({
  text: z.string().trim().min(1).max(MAX_NOTE_CHARACTERS).describe('A sentence that stands by itself.'),
})
const Recalled = z.strictObject({
  query: z.string().trim().min(1).max(MAX_RECALL_CHARACTERS).describe('Words of the notes.').optional(),
})

/** Keeps a sentence for this and later runs, because the user asks for it. */
export function createRemember(notes: Pick<Notes, 'keep'>): Tool<z.infer<typeof Remembered>> {
  return {
    name: 'remember',
    description: 'Keeps a note that the user wants to be remembered, also in later conversations.',
    arguments: Remembered,
    effect: 'changes',
    brings: 'own words',
    limitMs: MEMORY_LIMIT_MS,
    offered: async () => undefined,
    async run({ text }, { accountId }) {
      const { id } = await notes.keep(accountId, text)
      return { text: `Remembered: ${text}`, data: { id } }
    },
  }
}

const lineOf = ({ text, createdAt }: Note) => `- ${text} (${new Date(createdAt).toISOString().slice(0, 10)})`

/** The notes that the user wanted to be kept. */
export function createRecall(notes: Pick<Notes, 'all'>): Tool<z.infer<typeof Recalled>> {
  return {
    name: 'recall',
    description: 'Tells what the user wanted to be remembered in earlier conversations.',
    arguments: Recalled,
    effect: 'reads',
    brings: 'own words',
    limitMs: MEMORY_LIMIT_MS,
    offered: async () => undefined,
    async run({ query }, { accountId }) {
      const all = await notes.all(accountId)
      const wanted = query === undefined ? all : await byCommonWords(query, all, ({ text }) => text)
      const found = wanted.slice(0, MAX_RECALLED)
      const more = wanted.length > found.length ? [`(${wanted.length - found.length} more)`] : []
      const none = all.length === 0 ? 'Nothing has been remembered yet.' : 'No note is about that.'
      return {
        text: found.length === 0 ? none : [...found.map(lineOf), ...more].join('\n'),
        data: { notes: found.map(({ id, text }) => ({ id, text })) },
      }
    },
  }
}
