import { countryName } from '../catalogue/places.ts'
import type { StoredProgram } from '../catalogue/program.ts'
import type { Programs } from '../catalogue/programs.ts'
import { groundingOf } from '../grounding.ts'
import type { Profile } from '../profiles.ts'
import { describedBy, shownNumber } from './facts.ts'
import type { Recommendation, Recommendations } from './recommendations.ts'
import { topicWords } from './terms.ts'

/** Programs of the catalogue that a conversation is given for a message. */
export const MAX_MATCHING_PROGRAMS = 5

/** Programs of the latest recommendation that it is given. */
const MAX_RECOMMENDED = 5

/** Characters that a model is told of programs, so that a small one has room left for the chat. */
export const MAX_PROGRAM_FACTS_LENGTH = 1_500

/** A program of which a conversation was told, and where its facts come from. */
export interface Told {
  programId: string
  sourceId: string
  source: string
  edition: string
}

/** The facts that a conversation is told for one message, for the model alone; and whose they are, for the reader. */
export interface ConversationFacts {
  grounding: readonly string[]
  recommendationId: string | undefined
  told: readonly Told[]
}

const UNKNOWN_RULE =
  'Of programs, universities, fees, grades and dates you know only what stands here. Whatever does not stand here is not known: say so.'

interface Line {
  text: string
  told: Told
}

const toldOf = (
  programId: string,
  { sourceId, source }: Pick<StoredProgram, 'sourceId' | 'source'>,
): Told => ({
  programId,
  sourceId,
  source: source.name,
  edition: source.edition,
})

const recommendedLines = ({ programs }: Recommendation): Line[] =>
  programs.slice(0, MAX_RECOMMENDED).map(({ programId, program, match, difficulty }) => ({
    text: `${program.title}, ${program.institution} (${countryName(program.country)}): match ${shownNumber(match)} of 1, difficulty ${difficulty}.`,
    told: toldOf(programId, program),
  }))

const matchingLines = (programs: readonly StoredProgram[], currency: string): Line[] =>
  programs.map((program) => ({
    text: `${describedBy(program, currency)} Source: ${program.source.name}, ${program.source.edition}.`,
    told: toldOf(program.id, program),
  }))

/** As many lines under their heading as there is room for. */
function fitting(heading: string, lines: readonly Line[], room: number): { text: string; told: Told[] } {
  let text = heading
  const told: Told[] = []
  for (const line of lines) {
    if (text.length + 1 + line.text.length > room) break
    text += `\n${line.text}`
    told.push(line.told)
  }
  return told.length === 0 ? { text: '', told } : { text, told }
}

/** Each program once. */
const distinct = (told: readonly Told[]): Told[] => [
  ...new Map(told.map((one) => [one.programId, one])).values(),
]

export type Adviser = ReturnType<typeof createAdviser>

/** Tells conversations what is known: of the student, of what was recommended to them, and of programs that a message is about. */
export function createAdviser({
  recommendations,
  programs,
  currency,
}: {
  recommendations: Pick<Recommendations, 'list'>
  programs: Pick<Programs, 'search'>
  currency: string
}) {
  return {
    /** A conversation without a profile was begun elsewhere and is about anything: it is told nothing. */
    async factsFor(
      accountId: string,
      profile: Profile | undefined,
      message: string,
    ): Promise<ConversationFacts> {
      if (!profile) return { grounding: [], recommendationId: undefined, told: [] }
      const [[latest], matching] = await Promise.all([
        recommendations.list(accountId, { profileId: profile.id, limit: 1 }),
        programs.search(topicWords(message), MAX_MATCHING_PROGRAMS),
      ])
      const found = fitting(
        'Programs of the catalogue that have to do with the message:',
        matchingLines(matching, currency),
        MAX_PROGRAM_FACTS_LENGTH,
      )
      const given = fitting(
        'Recommended to the student last:',
        latest ? recommendedLines(latest) : [],
        MAX_PROGRAM_FACTS_LENGTH - found.text.length,
      )
      const facts = [given.text, found.text].filter((text) => text !== '')
      return {
        grounding: [groundingOf(profile), [...facts, UNKNOWN_RULE].join('\n')],
        recommendationId: given.told.length > 0 ? latest?.id : undefined,
        told: distinct([...given.told, ...found.told]),
      }
    },
  }
}
