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

/** Objects in the R2 of a stopped edge, with its state in this folder, that nobody knows of; and those that are known and gone. */
export async function unknownObjects(stateFolder: string): Promise<{ orphans: string[]; missing: string[] }> {
  const { env, dispose } = await getPlatformProxy<Bindings>({
    configPath: 'wrangler.toml',
    persist: { path: join(stateFolder, 'v3') },
  })
  try {
    const { results } = await env.DB.prepare(KNOWN).all<Row>()
    const known = new Set(results.map(({ key }) => key))
    const stored = [...(await keysOf(env.FILES, 'training/')), ...(await keysOf(env.FILES, 'workspace/'))]
    const there = new Set(stored)
    return {
      orphans: stored.filter((key) => !known.has(key)),
      missing: [...known].filter((key) => !there.has(key)),
    }
  } finally {
    await dispose()
  }
}
