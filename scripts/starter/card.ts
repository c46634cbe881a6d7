import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { readGgufFileInfo } from 'node-llama-cpp'

/** The outcome of a family. */
export interface Score {
  family: string
  prompts: number
  /** Of right answers, 0 to 1. */
  share: number
  /** The share that is wanted. Absent where nothing is promised. */
  goal?: number
  /** The share without the grammar that the product holds such answers to. */
  freeShare?: number
}

const BEGIN = '<!-- measured: written by npm run starter:evaluate -- --write -->'
const END = '<!-- end of what was measured -->'
const HEAD = '| Family | Prompts | Right | Wanted | Without grammar |\n|---|---|---|---|---|'

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const cell = (share: number | undefined): string => (share === undefined ? '' : percent(share))

/** Scores as a card shows them. */
export const tableOf = (scores: readonly Score[]): string =>
  [
    HEAD,
    ...scores.map(
      ({ family, prompts, share, goal, freeShare }) =>
        `| ${family} | ${prompts} | ${percent(share)} | ${cell(goal)} | ${cell(freeShare)} |`,
    ),
  ].join('\n')

const shareOf = (text: string): number | undefined => {
  const share = /^(\d+(?:\.\d+)?) %$/.exec(text.trim())?.[1]
  return share === undefined ? undefined : Number(share) / 100
}

/** The scores that a card shows. */
export function scoresOf(card: string): Score[] {
  return measuredIn(card)
    .split('\n')
    .flatMap((line): Score[] => {
      const [, family = '', prompts = '', right = '', wanted = '', free = ''] = line.split('|')
      const share = shareOf(right)
      if (share === undefined) return []
      const [goal, freeShare] = [shareOf(wanted), shareOf(free)]
      return [
        {
          ...{ family: family.trim(), prompts: Number(prompts), share },
          ...(goal !== undefined && { goal }),
          ...(freeShare !== undefined && { freeShare }),
        },
      ]
    })
}

function bounds(card: string): [number, number] {
  const [from, to] = [card.indexOf(BEGIN), card.indexOf(END)]
  if (from < 0 || to < from) throw new RangeError('The card has no place for what was measured.')
  return [from + BEGIN.length, to]
}

const measuredIn = (card: string): string => card.slice(...bounds(card))

/** A card with this as what was measured. */
export function withMeasured(card: string, measured: string): string {
  const [from, to] = bounds(card)
  return `${card.slice(0, from)}\n${measured.trim()}\n${card.slice(to)}`
}

/** A model in one line, by its file. */
export async function describeFile(path: string): Promise<string> {
  const {
    architectureMetadata: sizes,
    metadata,
    fullTensorInfo,
  } = await readGgufFileInfo(path, {
    sourceType: 'filesystem',
  })
  const weights = (fullTensorInfo ?? []).reduce(
    (sum, { dimensions }) => sum + dimensions.reduce((product: number, size) => product * Number(size), 1),
    0,
  )
  const megabytes = ((await stat(path)).size / 1e6).toFixed(1)
  const parts = [
    `${(weights / 1e6).toFixed(2)} million weights`,
    `${megabytes} MB`,
    `${sizes.block_count} layers of ${sizes.embedding_length}`,
    `${metadata.tokenizer.ggml.tokens.length} tokens`,
    `a context of ${sizes.context_length}`,
  ]
  return `\`${basename(path)}\`: ${parts.join(', ')}.`
}
