import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BenchSkip } from '../bench.ts'

/** A collection of documents, with questions of which is known which documents answer them. */
export interface Collection {
  name: string
  documents: { id: string; title: string; text: string }[]
  questions: { text: string; relevant: ReadonlySet<string> }[]
}

const Id = z.union([z.string(), z.number()]).transform(String)
const Document = z.object({ id: Id, title: z.string().default(''), text: z.string() })
const Question = z.object({ id: Id, text: z.string(), relevant: z.array(Id).default([]) })

async function linesOf(folder: string, name: string): Promise<string[]> {
  const path = join(folder, name)
  const text = await readFile(path, 'utf8').catch(() => {
    throw new BenchSkip(
      `There is no ${path}: SWITCHYARD_BENCH_COLLECTIONS names a folder with cranfield/ and xquad/, which are not ours to give.`,
    )
  })
  return text.split('\n').filter((line) => line !== '')
}

async function rowsOf<Row>(folder: string, name: string, form: z.ZodType<Row>): Promise<Row[]> {
  return (await linesOf(folder, name)).map((line) => form.parse(JSON.parse(line)))
}

/** 1,400 abstracts on aerodynamics (Cleverdon 1967), with what was judged to answer questions. */
export async function cranfield(folder: string): Promise<Collection> {
  const relevant = new Map<string, Set<string>>()
  for (const line of await linesOf(folder, 'cranfield/qrels.tsv')) {
    const [question = '', document = '', grade = '0'] = line.split('\t')
    if (Number(grade) <= 0) continue
    relevant.set(question, (relevant.get(question) ?? new Set()).add(document))
  }
  const questions = await rowsOf(folder, 'cranfield/queries.jsonl', Question)
  return {
    name: 'Cranfield',
    documents: await rowsOf(folder, 'cranfield/documents.jsonl', Document),
    questions: questions
      .map(({ id, text }) => ({ text, relevant: relevant.get(id) ?? new Set<string>() }))
      .filter((question) => question.relevant.size > 0),
  }
}

/** Paragraphs of Wikipedia with questions about them (XQuAD, Artetxe et al. 2020). */
export async function xquad(folder: string, language: 'en' | 'es'): Promise<Collection> {
  const questions = await rowsOf(folder, `xquad/${language}.queries.jsonl`, Question)
  return {
    name: `XQuAD ${language}`,
    documents: await rowsOf(folder, `xquad/${language}.documents.jsonl`, Document),
    questions: questions.map(({ text, relevant }) => ({ text, relevant: new Set(relevant) })),
  }
}

/** How good rankings are, as means over questions. */
export interface Quality {
  ndcg10: number
  recall100: number
}

const gain = (rank: number) => 1 / Math.log2(rank + 2)
const sumTo = (count: number, of: (rank: number) => number) =>
  Array.from({ length: count }, (_, rank) => of(rank)).reduce((sum, value) => sum + value, 0)

/** nDCG of the first ten and recall of the first hundred, each document relevant or not. */
export function qualityOf(
  questions: Collection['questions'],
  rankings: readonly (readonly string[])[],
): Quality {
  const each = questions.map(({ relevant }, index) => {
    const ranking = rankings[index] ?? []
    const got = sumTo(10, (rank) => (relevant.has(ranking[rank] ?? '') ? gain(rank) : 0))
    const found = ranking.slice(0, 100).filter((id) => relevant.has(id)).length
    return { ndcg: got / sumTo(Math.min(10, relevant.size), gain), recall: found / relevant.size }
  })
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return { ndcg10: mean(each.map(({ ndcg }) => ndcg)), recall100: mean(each.map(({ recall }) => recall)) }
}
