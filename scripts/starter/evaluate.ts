import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseFlags } from '../flags.ts'
import { PlainFailure, runScript } from '../plain-failure.ts'
import { Answerer } from './answering.ts'
import { describeFile, type Score, tableOf, withMeasured } from './card.ts'
import {
  EXAMPLES_FAMILY,
  evaluate,
  exampleTalks,
  FAMILIES,
  type Judged,
  longTalks,
  play,
  playEvening,
} from './evaluation.ts'
import { CARD_PATH, STARTER_PATH } from './paths.ts'

const HELP = `Measures what the starter model can do, on prompts of which no template was learned.

  npm run starter:evaluate -- [--model <file>] [--prompts <count>] [--misses <count>] [--seed <number>] [--write]

  --model <file>     Default: the starter that comes along.
  --prompts <count>  Of each family. Default: 200.
  --misses <count>   Wrong answers that are shown of each family. Default: 2.
  --seed <number>    Of the prompts. Default: 1.
  --write            Puts what was measured into gpu-node/models/starter.md, which says it in npm test again.
`

/** Prompts that are answered side by side. */
const AT_ONCE = 8
const LONG_TALKS = 25
/** Of what is right when it is asked alone, so much may be lost in a long talk. */
const MOST_LOST = 0.03

const shareOf = (judged: readonly Judged[]): number =>
  judged.filter(({ isRight }) => isRight).length / judged.length

function missesOf(judged: readonly Judged[], most: number): string[] {
  return judged
    .filter(({ isRight }) => !isRight)
    .slice(0, most)
    .map(({ asked, answered, wanted }) =>
      [asked.slice(-160), answered.slice(0, 160), wanted.slice(0, 160)]
        .map((text) => JSON.stringify(text))
        .join(' → '),
    )
}

function wholeNumber(flag: string, text: string | undefined, usual: number): number {
  const value = text === undefined ? usual : Number(text)
  if (!Number.isSafeInteger(value) || value < 0)
    throw new PlainFailure(`${flag} is a whole number, and not "${text}".`)
  return value
}

async function main(): Promise<number> {
  const { values } = parseFlags('npm run starter:evaluate', {
    options: {
      model: { type: 'string' },
      prompts: { type: 'string' },
      misses: { type: 'string' },
      seed: { type: 'string' },
      write: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const measured = await measuredOf(values.model ? resolve(values.model) : STARTER_PATH, {
    perFamily: wholeNumber('--prompts', values.prompts, USUAL.perFamily),
    misses: wholeNumber('--misses', values.misses, USUAL.misses),
    seed: wholeNumber('--seed', values.seed, USUAL.seed),
  })
  process.stdout.write(measured)
  if (values.write) await writeFile(CARD_PATH, withMeasured(await readFile(CARD_PATH, 'utf8'), measured))
  return 0
}

export interface Measuring {
  /** Prompts of each family. */
  perFamily: number
  /** Wrong answers of each that are shown. */
  misses: number
  seed: number
}

/** As the card is measured. */
export const USUAL: Measuring = { perFamily: 200, misses: 2, seed: 1 }

/** Measures the model in a file, in the words of its card. */
export async function measuredOf(path: string, measuring: Measuring): Promise<string> {
  const { perFamily, misses, seed } = measuring
  const answerer = await Answerer.open(path, AT_ONCE)
  try {
    const { scores, wrong } = await measure(answerer, measuring)
    const shown =
      wrong.length === 0 ? '' : `\n\nSome that were wrong (asked → answered → wanted):\n\n${wrong.join('\n')}`
    const command = `npm run starter:evaluate -- --prompts ${perFamily} --misses ${misses} --seed ${seed}`
    return `${await describeFile(path)} Measured by \`${command}\`.\n\n${tableOf(scores)}${shown}\n`
  } finally {
    await answerer.close()
  }
}

async function measure(
  answerer: Answerer,
  { perFamily, misses, seed }: Measuring,
): Promise<{ scores: Score[]; wrong: string[] }> {
  const scores: Score[] = []
  const wrong: string[] = []
  const note = (family: string, judged: readonly Judged[], more: Pick<Score, 'goal' | 'freeShare'>) => {
    scores.push({ family, prompts: judged.length, share: shareOf(judged), ...more })
    wrong.push(...missesOf(judged, misses).map((miss) => `* ${family}: ${miss}`))
    process.stderr.write(`${family}\n`)
  }
  for (const [place, family] of FAMILIES.entries()) {
    const { name, goal } = family
    const options = { answerer, perFamily, seed: seed + place * 1_000, atOnce: AT_ONCE, families: [family] }
    const judged = await evaluate(options)
    const isShaped = name === 'queries'
    const free = isShaped ? { freeShare: shareOf(await evaluate({ ...options, isHeldTo: false })) } : {}
    note(name, judged, { goal, ...free })
  }
  const examples = await Promise.all(exampleTalks().map((talk) => play(answerer, talk)))
  note(EXAMPLES_FAMILY, examples.flat(), { goal: 1 })
  const evenings = await Promise.all(
    longTalks(LONG_TALKS, seed).map((evening) => playEvening(answerer, evening)),
  )
  const alone = evenings.flatMap((evening) => evening.alone)
  note('what is asked in long talks, each alone', alone, {})
  const inTalk = evenings.flatMap((evening) => evening.inTalk)
  note('the same in talks of twenty turns', inTalk, { goal: shareOf(alone) - MOST_LOST })
  return { scores, wrong }
}

if (import.meta.main) await runScript(main)
