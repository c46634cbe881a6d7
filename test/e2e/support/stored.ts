import { join } from 'node:path'
import { getPlatformProxy } from 'wrangler'

interface Row {
  key: string
}

/** The bindings of the edge that are needed here, as wrangler lends them. */
interface Bindings {
  DB: { prepare(sql: string): { all<Found>(): Promise<{ results: Found[] }> } }
  FILES: {
    list(options: {
      prefix: string
      cursor?: string
    }): Promise<{ objects: { key: string }[]; truncated: boolean; cursor?: string }>
  }
}

/** The keys that somebody knows of: parts of models, rows that a later job may mix in, versions of files. */
const KNOWN = `
  SELECT part.value AS key FROM tuned_models, json_each(tuned_models.object_keys) part
  UNION ALL
  SELECT json_extract(inputs, '$.train.prefix') || '/' || part.key
    FROM training_jobs, json_each(training_jobs.inputs, '$.train.file.parts') part WHERE state = 'completed'
  UNION ALL
  SELECT 'workspace/' || version_id FROM workspace_files`

async function keysOf(files: Bindings['FILES'], prefix: string): Promise<string[]> {
  const keys: string[] = []
  let cursor: string | undefined
  do {
    const page = await files.list({ prefix, ...(cursor !== undefined && { cursor }) })
    keys.push(...page.objects.map(({ key }) => key))
    cursor = page.truncated ? page.cursor : undefined
  } while (cursor !== undefined)
  return keys
}

/** Those of documents and their datasets: parts of files, pages that nodes wrote for tasks of the last day, and rows. */
const KNOWN_OF_DOCUMENTS = `
  SELECT 'files/' || id AS key FROM file_parts
  UNION ALL
  SELECT json_extract(output.value, '$.key') || '/' || attempt.value AS key
    FROM tasks, json_each(tasks.outputs) output, json_each('[1, 2, 3, 4, 5, 6]') attempt
  UNION ALL
  SELECT 'dataset-rows/' || id FROM search_dataset_pieces
  UNION ALL
  SELECT 'workspace/' || version_id FROM workspace_files`

/** Of them, those that must be there. */
const NEEDED_OF_DOCUMENTS = `
  SELECT 'files/' || id AS key FROM file_parts
  UNION ALL
  SELECT 'dataset-rows/' || id FROM search_dataset_pieces
  UNION ALL
  SELECT 'workspace/' || version_id FROM workspace_files`

/** Tasks, pieces of exports and datasets that wait for somebody. */
const UNFINISHED = `
  SELECT 'task ' || id || ' ' || state AS key FROM tasks WHERE state IN ('queued', 'running')
  UNION ALL
  SELECT 'reading ' || document_id FROM document_tasks
  UNION ALL
  SELECT 'exported piece ' || id FROM search_dataset_pieces WHERE format IS NOT NULL
  UNION ALL
  SELECT 'dataset ' || id FROM search_datasets WHERE next_at IS NOT NULL OR lease_id IS NOT NULL`

/** The bindings of a stopped edge with its state in this folder. */
async function withBindings<Answer>(
  stateFolder: string,
  ask: (bindings: Bindings) => Promise<Answer>,
): Promise<Answer> {
  const { env, dispose } = await getPlatformProxy<Bindings>({
    configPath: 'wrangler.toml',
    persist: { path: join(stateFolder, 'v3') },
  })
  try {
    return await ask(env)
  } finally {
    await dispose()
  }
}

async function keysIn({ DB }: Bindings, query: string): Promise<string[]> {
  const { results } = await DB.prepare(query).all<Row>()
  return results.map(({ key }) => key)
}

/** Objects in the R2 of a stopped edge, with its state in this folder, that nobody knows of; and those that are known and gone. */
export const unknownObjects = (stateFolder: string): Promise<{ orphans: string[]; missing: string[] }> =>
  withBindings(stateFolder, async (env) => {
    const known = new Set(await keysIn(env, KNOWN))
    const stored = [...(await keysOf(env.FILES, 'training/')), ...(await keysOf(env.FILES, 'workspace/'))]
    const there = new Set(stored)
    return {
      orphans: stored.filter((key) => !known.has(key)),
      missing: [...known].filter((key) => !there.has(key)),
    }
  })

/** The same of documents and datasets, and what of them is not done with. */
export const unknownDocuments = (stateFolder: string) =>
  withBindings(stateFolder, async (env) => {
    const known = new Set(await keysIn(env, KNOWN_OF_DOCUMENTS))
    const prefixes = ['files/', 'document-pages/', 'dataset-rows/', 'workspace/']
    const stored = (await Promise.all(prefixes.map((prefix) => keysOf(env.FILES, prefix)))).flat()
    const there = new Set(stored)
    return {
      orphans: stored.filter((key) => !known.has(key)),
      missing: (await keysIn(env, NEEDED_OF_DOCUMENTS)).filter((key) => !there.has(key)),
      unfinished: await keysIn(env, UNFINISHED),
    }
  })
