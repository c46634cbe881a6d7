import { splitPages } from '../../../worker/services/library/passages.ts'
import type { Leaf } from '../../../worker/services/library/term-query.ts'
import { IsolatedEdge } from '../../isolated-edge.ts'
import { type Bench, type BenchContext, BenchSkip, type Figure, type Target } from '../bench.ts'
import { percentile } from '../statistics.ts'
import { workerdMemoryMiB } from '../workerd-cpu.ts'
import { BenchLibrary } from './bench-library.ts'
import { type Collection, cranfield, qualityOf, xquad } from './collections.ts'
import { passageVector, vectorOf } from './made-up-vectors.ts'

/** Passages of the library whose speed is measured, and questions to it. */
const MANY_PASSAGES = 100_000
const PASSAGES_OF_A_DOCUMENT = 1_000
const QUESTIONS = 60
/** Questions of one collection that are asked. */
const MAX_QUESTIONS = 300
/** Documents that are indexed at the same time. */
const AT_ONCE = 20
/** Of a word, the share by which it is asked for as a prefix. */
const BEGINNING = 2 / 3
/** Of the best in truth, so many are looked for among the first. */
const BEST = 10

const TARGETS: Record<string, { ndcg: number; recall?: number } | undefined> = {
  Cranfield: { ndcg: 0.44, recall: 0.8 },
}
const LEAST_OF_BM25 = 0.98
const MAX_SEARCH_MS = 300
const MIN_OF_EXACT = 0.98
const MAX_MIB = 100

/** Questions spread over all of them, of a collection that has many. */
function sampled(questions: Collection['questions']): Collection['questions'] {
  const step = Math.ceil(questions.length / MAX_QUESTIONS)
  return questions.filter((_, index) => index % step === 0)
}

async function quality(origin: string, collection: Collection, context: BenchContext): Promise<Figure[]> {
  const { signal, note } = context
  const name = collection.name.toLowerCase().replace(' ', '-')
  const words = new BenchLibrary(origin, `words-${name}`, signal)
  const fitted = new BenchLibrary(origin, `lsa-${name}`, signal)
  note(`${collection.name}: indexing ${collection.documents.length} documents`)
  for (let from = 0; from < collection.documents.length; from += AT_ONCE) {
    await Promise.all(
      collection.documents.slice(from, from + AT_ONCE).flatMap(({ id, title, text }) => {
        const passages = splitPages([{ page: null, usable: true, blocks: [{ kind: 'paragraph', text }] }])
        return [words, fitted].map((library) => library.put(id, title, passages))
      }),
    )
  }
  note(`${collection.name}: fitting`)
  await fitted.fit()
  await fitted.hasVectors(
    'lsa',
    collection.questions
      .map(({ text }) => text)
      .join(' ')
      .slice(0, 2_000),
  )
  const questions = sampled(collection.questions)
  note(`${collection.name}: asking ${questions.length} questions`)
  const rankings = { words: [] as string[][], vectors: [] as string[][], fusion: [] as string[][] }
  for (const { text } of questions) {
    rankings.words.push(await words.ranking(text))
    rankings.vectors.push(await fitted.rankingByVectors(text))
    rankings.fusion.push(await fitted.ranking(text))
  }
  const bm25 = qualityOf(questions, rankings.words)
  const vectors = qualityOf(questions, rankings.vectors)
  const fusion = qualityOf(questions, rankings.fusion)
  const target = TARGETS[collection.name]
  const figure = (what: string, value: number, atLeast?: number): Figure => ({
    name: `${collection.name}, ${what}`,
    value,
    unit: '',
    ...(atLeast !== undefined && { target: { atLeast } }),
  })
  return [
    figure('nDCG@10 of BM25', bm25.ndcg10),
    figure('nDCG@10 of vectors', vectors.ndcg10),
    figure('nDCG@10 of both', fusion.ndcg10, target?.ndcg),
    figure('both ÷ BM25', fusion.ndcg10 / bm25.ndcg10, LEAST_OF_BM25),
    figure('recall@100 of BM25', bm25.recall100),
    figure('recall@100 of both', fusion.recall100, target?.recall),
  ]
}

/** Texts of a passage's length, of sentences that people wrote. */
function textsOf({ documents }: Collection, count: number): string[] {
  const sentences = documents
    .flatMap(({ text }) => text.split(/(?<= \.) /))
    .filter((text) => text.length > 40)
  return Array.from({ length: count }, (_, number) => {
    let text = `#${number}`
    for (let at = number * 7_919; text.length < 800; at += 104_729)
      text += ` ${sentences[at % sentences.length]}`
    return text.slice(0, 1_000)
  })
}

async function fill(library: BenchLibrary, texts: readonly string[], note: (text: string) => void) {
  for (let from = 0; from < texts.length; from += PASSAGES_OF_A_DOCUMENT) {
    const passages = texts.slice(from, from + PASSAGES_OF_A_DOCUMENT).map((text, index) => ({
      page: null,
      from: index * 1_001,
      to: index * 1_001 + text.length,
      headings: [],
      text,
    }))
    await library.put(`many-${from}`, '', passages)
    if (from % 20_000 === 0) note(`${from} of ${texts.length} passages are indexed`)
  }
}

async function timed(ask: (text: string) => Promise<unknown>, texts: readonly string[]): Promise<number[]> {
  const times: number[] = []
  for (const text of texts) {
    const begun = performance.now()
    await ask(text)
    times.push(performance.now() - begun)
  }
  return times
}

/** The share of the ten passages most alike in truth that vectors find among their first ten. */
async function shareOfExact(library: BenchLibrary, questions: readonly string[]): Promise<number> {
  const found: number[][] = []
  for (const question of questions) found.push(await library.numbersByVectors(question))
  // Only now: it takes a minute, in which idle connections to the edge are closed behind our back.
  const asked = questions.map(vectorOf)
  const scores = asked.map(() => new Float64Array(MANY_PASSAGES))
  for (let number = 0; number < MANY_PASSAGES; number += 1) {
    const vector = passageVector(number)
    for (const [index, question] of asked.entries())
      (scores[index] ?? [])[number] = vector.reduce((sum, value, at) => sum + value * (question[at] ?? 0), 0)
  }
  const kept = scores.map((of, index) => {
    const best = [...of.keys()].toSorted((one, other) => (of[other] ?? 0) - (of[one] ?? 0)).slice(0, BEST)
    return best.filter((number) => found[index]?.slice(0, BEST).includes(number)).length
  })
  return kept.reduce((sum, count) => sum + count, 0) / (questions.length * BEST)
}

const NAMES = { embedding: '768 dimensions', lsa: 'LSA' } as const

async function speed(
  edge: IsolatedEdge,
  kind: keyof typeof NAMES,
  collection: Collection,
  { signal, note }: BenchContext,
): Promise<Figure[]> {
  const asked = collection.questions.slice(0, QUESTIONS)
  const library = new BenchLibrary(edge.origin, `${kind}-many`, signal)
  await fill(library, textsOf(collection, MANY_PASSAGES), note)
  if (kind === 'lsa') await library.fit()
  note('waiting for vectors')
  await library.hasVectors(kind === 'lsa' ? 'lsa' : 'embedding:bench', asked[0]?.text ?? '', note)
  // A workerd that has just begun: what indexing took of memory is not what searching takes.
  await edge.stop()
  await edge.start(signal)
  note('searching')
  const before = Math.max(...(await workerdMemoryMiB()))
  const questions = asked.map(({ text }, index) => (kind === 'lsa' ? text : `?${index * 1_009} ${text}`))
  const [first = 0, ...times] = await timed((question) => library.search(question, 10), questions)
  const after = Math.max(...(await workerdMemoryMiB()))
  const figure = (what: string, value: number, unit: string, target?: Target): Figure => ({
    name: `${MANY_PASSAGES} passages, ${NAMES[kind]}: ${what}`,
    value,
    unit,
    ...(target && { target }),
  })
  const figures = [
    figure('search, p95', percentile(times, 0.95), 'ms', { atMost: MAX_SEARCH_MS }),
    figure('search, median', percentile(times, 0.5), 'ms'),
    figure('the first search', first, 'ms'),
    figure('memory of searches', after - before, 'MiB', { atMost: MAX_MIB }),
  ]
  if (kind === 'lsa') return figures
  const exact = await shareOfExact(library, questions.slice(0, 20))
  return [...figures, figure('of the exact top 10', exact, '', { atLeast: MIN_OF_EXACT })]
}

/** Words of questions, of which each is asked for whole, by its beginning, and as what nothing begins with though other words nearly do. */
async function prefixes(
  edge: IsolatedEdge,
  collection: Collection,
  { signal, note }: BenchContext,
): Promise<Figure[]> {
  const library = new BenchLibrary(edge.origin, 'words-many', signal)
  await fill(library, textsOf(collection, MANY_PASSAGES), note)
  await edge.stop()
  await edge.start(signal)
  note('searching')
  const questions = collection.questions.slice(0, QUESTIONS).map(({ text }) => text)
  const words = questions.flatMap((text) => {
    const [longest] = text.match(/[a-z]+/g)?.toSorted((one, other) => other.length - one.length) ?? []
    return longest ?? []
  })
  const beginnings = words.map((word) => word.slice(0, Math.ceil(word.length * BEGINNING)))
  const find = (kind: Leaf['kind']) => (text: string) =>
    library.call('documentsWith', { kind, text, field: 'any' })
  await library.search(questions[0] ?? '', 1)
  const asked: [what: string, times: number[]][] = [
    ['documents with a word', await timed(find('term'), words)],
    ['documents with a prefix', await timed(find('prefix'), beginnings)],
    [
      'no document with a prefix',
      await timed(
        find('prefix'),
        beginnings.map((text) => `${text}qq`),
      ),
    ],
    ['search by words alone', await timed((text) => library.search(text, 10), questions)],
  ]
  return asked.flatMap(([what, times]) =>
    (
      [
        ['p95', 0.95],
        ['median', 0.5],
      ] as const
    ).map(([name, share]) => ({
      name: `${MANY_PASSAGES} passages: ${what}, ${name}`,
      value: percentile(times, share),
      unit: 'ms',
    })),
  )
}

function collectionsFolder(): string {
  const folder = process.env.SWITCHYARD_BENCH_COLLECTIONS
  if (folder) return folder
  throw new BenchSkip(
    'SWITCHYARD_BENCH_COLLECTIONS names no folder with the collections cranfield/ and xquad/.',
  )
}

/** A bench on an edge of its own. */
const onEdge = (
  name: string,
  summary: string,
  measure: (edge: IsolatedEdge, folder: string, context: BenchContext) => Promise<Figure[]>,
): Bench => ({
  name,
  summary,
  async run(context) {
    const { scratchDir, signal, note } = context
    const folder = collectionsFolder()
    const edge = await IsolatedEdge.create(scratchDir, signal, 'scripts/bench/retrieval/worker.ts')
    note('starting an edge')
    try {
      await edge.start(signal)
      return await measure(edge, folder, context)
    } finally {
      await edge.stop()
    }
  },
})

/** The benches of what searches in libraries find, and how fast. */
export const retrieval: readonly Bench[] = [
  onEdge(
    'retrieval:quality',
    'nDCG and recall of words, vectors and both on Cranfield and XQuAD',
    async (edge, folder, context) => {
      const collections = [await cranfield(folder), await xquad(folder, 'en'), await xquad(folder, 'es')]
      const figures: Figure[] = []
      for (const collection of collections) figures.push(...(await quality(edge.origin, collection, context)))
      return figures
    },
  ),
  onEdge(
    'retrieval:prefix',
    `${MANY_PASSAGES} passages: time of a word, of a prefix, and of a search by words`,
    async (edge, folder, context) => prefixes(edge, await cranfield(folder), context),
  ),
  ...(['embedding', 'lsa'] as const).map((kind) =>
    onEdge(
      `retrieval:${kind}`,
      `${MANY_PASSAGES} passages with ${NAMES[kind]}: time, memory, and how exact`,
      async (edge, folder, context) => speed(edge, kind, await cranfield(folder), context),
    ),
  ),
]
