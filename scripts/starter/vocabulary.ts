import { GENERIC_FORMAT } from '../../gpu-node/engine/tools/tool-formats.ts'
import { templateInput } from '../../gpu-node/engine/tools/tool-prompt.ts'
import { TrainingRow } from '../../shared/training-rows.ts'
import { linesOf, STAGES } from './corpus.ts'
import { countPieces, learnVocabulary, type Vocabulary } from './tokenizer.ts'

/** Talks of a stage that are read to learn the words: not a share of all, so that a longer lesson changes no word. */
const READ: Readonly<Record<string, number>> = { drill: 400, short: 2_500, wide: 1_000, distant: 150 }
/** Answers count twice beside what is only read: each piece of them has to be found. */
const SAID_TWICE = 2
const SEED = 77

/** ChatML has a name for each of these. */
const FACTS = { format: GENERIC_FORMAT, rendersSystem: true, rendersTool: true, namedRoles: new Set<never>() }

/** Learns the words of the small world from talks as a model reads them, tools and all. */
export function worldVocabulary(size: number): Vocabulary {
  const counts = new Map<string, number>()
  for (const stage of STAGES) {
    for (const line of linesOf({ ...stage, manner: { width: 'wide' }, talks: READ[stage.name] ?? 0 }, SEED)) {
      const row = TrainingRow.parse(JSON.parse(line))
      if (row.kind !== 'chat') continue
      const messages = row.turns.map(({ message }) => message)
      for (const { role, content } of templateInput(messages, row.tools, FACTS).messages)
        for (let times = role === 'assistant' ? SAID_TWICE : 1; times > 0; times -= 1)
          countPieces(counts, `${role}\n${content}\n`)
    }
  }
  return learnVocabulary(counts, size)
}
