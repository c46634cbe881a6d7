import { resolve } from 'node:path'
import { parseFlags } from '../flags.ts'
import { PlainFailure, runScript } from '../plain-failure.ts'
import { Answerer } from './answering.ts'
import { evaluate, exampleTalks, FAMILIES, type Judged, longTalks, play } from './evaluation.ts'
import { STARTER_PATH } from './paths.ts'

const HELP = `Measures what the starter model can do, on prompts of which no template was learned.

  npm run starter:evaluate -- [--model <file>] [--prompts <count>] [--misses <count>] [--seed <number>]

  --model <file>     Default: the starter that comes along.
  --prompts <count>  Of each family. Default: 200.
  --misses <count>   Wrong answers that are shown of each family. Default: 2.
  --seed <number>    Of the prompts. Default: 1.
`

/** Prompts that are answered side by side. */
const AT_ONCE = 8
const LONG_TALKS = 10

const shareOf = (judged: readonly Judged[]): number =>
  judged.filter(({ isRight }) => isRight).length / judged.length
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

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
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const perFamily = wholeNumber('--prompts', values.prompts, 200)
  const misses = wholeNumber('--misses', values.misses, 2)
  const seed = wholeNumber('--seed', values.seed, 1)
  const answerer = await Answerer.open(values.model ? resolve(values.model) : STARTER_PATH, AT_ONCE)
  const write = (line: string) => process.stdout.write(`${line}\n`)
  try {
    write('| Family | Prompts | Right | Wanted | Without grammar |\n|---|---|---|---|---|')
    const shown: string[] = []
    for (const [place, family] of FAMILIES.entries()) {
      const options = { answerer, perFamily, seed: seed + place * 1_000, atOnce: AT_ONCE, families: [family] }
      const judged = await evaluate(options)
      const isShaped = family.name === 'queries'
      const free = isShaped ? percent(shareOf(await evaluate({ ...options, isHeldTo: false }))) : ''
      write(
        `| ${family.name} | ${judged.length} | ${percent(shareOf(judged))} | ${percent(family.goal)} | ${free} |`,
      )
      shown.push(...missesOf(judged, misses).map((miss) => `${family.name}: ${miss}`))
    }
    const examples = (await Promise.all(exampleTalks().map((talk) => play(answerer, talk)))).flat()
    write(
      `| the contracts’ examples | ${examples.length} | ${percent(shareOf(examples))} | ${percent(1)} | |`,
    )
    const talks = (await Promise.all(longTalks(LONG_TALKS, seed).map((talk) => play(answerer, talk)))).flat()
    write(`| in talks of twenty turns | ${talks.length} | ${percent(shareOf(talks))} | | |`)
    shown.push(...missesOf(examples, misses), ...missesOf(talks, misses).map((miss) => `long talks: ${miss}`))
    if (shown.length > 0)
      write(
        `\nSome that were wrong (asked → answered → wanted):\n${shown.map((miss) => `* ${miss}`).join('\n')}`,
      )
  } finally {
    await answerer.close()
  }
  return 0
}

if (import.meta.main) await runScript(main)
