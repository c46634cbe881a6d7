import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findIdentity } from '../gpu-node/credential.ts'
import { hasJoined } from '../gpu-node/join.ts'
import { type ModelSource, Models } from '../gpu-node/model-files/model-sources.ts'
import { DAY_MS } from '../shared/units.ts'
import type { ChildOptions, Children, EarlyChild } from './children.ts'
import { type LocalEdge, waitUntil } from './local-edge.ts'
import { keepLastLog } from './local-logs.ts'
import { PlainFailure } from './plain-failure.ts'
import { privateFolder } from './private-folder.ts'
import { ROOT } from './root.ts'

const NODE_LIMIT_MS = 120_000
/** A large model over a slow line: whoever waits sees how far it is. */
const DOWNLOAD_LIMIT_MS = 7 * DAY_MS
/** How often it is told how much of a model is there. */
const PROGRESS_MS = 5_000

export const STARTER: ModelSource = {
  id: 'starter',
  uri: join(ROOT, 'gpu-node', 'models', 'starter.gguf'),
}
export const STATE_DIR = join(ROOT, '.switchyard')

/** A node of this machine, as `npm start` runs it. */
export interface LocalNode {
  name: string
  /** Its flags `--model`. */
  models: readonly string[]
  /** The names by which callers know them. */
  ids: readonly string[]
  stateDir: string
  logPath: string
  flags: readonly string[]
  /** The only models that it may serve, with any file; null lets it serve others at its next start. */
  allowed: readonly string[] | null
}

/** The starter model is so small that a second thread or a GPU would only slow it down. */
const STARTER_FLAGS = ['--slots', '4', '--threads', '1', '--gpu', 'off']

function requireStarter(): void {
  if (existsSync(STARTER.uri)) return
  throw new PlainFailure(
    'The starter model gpu-node/models/starter.gguf is missing: check the file out again.',
  )
}

/** The models of `--model` flags. Throws a `PlainFailure`. */
function sourcesOf(models: readonly string[]): ModelSource[] {
  if (models.length === 0) return []
  const result = Models.safeParse(models)
  if (result.success) return result.data
  throw new PlainFailure(`--model ${result.error.issues[0]?.message ?? 'is not valid'}.`)
}

const numbered = (name: string, index: number): string => (index === 0 ? name : `${name}-${index + 1}`)

/**
 * The nodes of a start: one with the starter model, and one with the models that were asked for, if any. The last of these is
 * there `count` times, so that one can be unplugged. Throws a `PlainFailure`.
 */
export function localNodes(models: readonly string[], count: number): LocalNode[] {
  requireStarter()
  const node = (
    name: string,
    folder: string,
    rest: Pick<LocalNode, 'models' | 'ids' | 'flags' | 'allowed'>,
  ) => ({
    name,
    stateDir: folder,
    logPath: join(STATE_DIR, `${name === 'local' ? 'node' : name}.log`),
    ...rest,
  })
  const starter = {
    models: [`${STARTER.id}=${STARTER.uri}`],
    ids: [STARTER.id],
    flags: STARTER_FLAGS,
    allowed: [STARTER.id],
  }
  const own = { models, ids: sourcesOf(models).map(({ id }) => id), flags: [], allowed: null }
  const folderOf = (name: string) => (name === 'local' ? STATE_DIR : join(STATE_DIR, 'nodes', name))
  const names = (name: string, many: number) =>
    Array.from({ length: many }, (_, index) => numbered(name, index))
  const hasOwn = models.length > 0
  return [
    ...names('local', hasOwn ? 1 : count).map((name) => node(name, folderOf(name), starter)),
    ...(hasOwn ? names('models', count).map((name) => node(name, folderOf(name), own)) : []),
  ]
}

/** How a node is run; with a token where it has to join first. */
const processOf = (
  edge: LocalEdge,
  { name, models, stateDir, logPath, flags }: LocalNode,
  token?: string,
): ChildOptions => ({
  title: name === 'local' ? 'The node' : `The node ${name}`,
  args: [
    join(ROOT, 'gpu-node', 'main.ts'),
    ...['--edge', edge.origin, '--name', name, '--state-dir', stateDir, ...flags],
    ...models.flatMap((model) => ['--model', model]),
  ],
  env: token === undefined ? {} : { SWITCHYARD_TOKEN: token },
  logPath,
})

/**
 * Starts a node beside its edge where it has joined before, so that its model is loaded by the time the edge answers.
 * Whether the edge still knows it is asked then.
 */
export async function startNodeEarly(
  children: Children,
  edge: LocalEdge,
  node: LocalNode,
): Promise<EarlyChild | undefined> {
  if (!(await findIdentity(node.stateDir, edge.origin))) return undefined
  privateFolder(node.stateDir)
  await keepLastLog(node.logPath)
  return children.startEarly(processOf(edge, node))
}

/** Starts a node, which joins where the edge does not know it; one that has been started early is kept where it does. */
export async function startNode(
  children: Children,
  edge: LocalEdge,
  { node, early }: { node: LocalNode; early: EarlyChild | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { name, stateDir, allowed, logPath } = node
  privateFolder(stateDir)
  // A token where it is of use: none beside a credential that the edge knows, one where it was forgotten with `.wrangler`.
  const isJoined = await hasJoined({ edge: edge.origin, stateDir }, signal)
  if (isJoined && early) return early.keep()
  await early?.drop()
  const token = isJoined ? undefined : await edge.createJoinToken({ name, models: allowed }, signal)
  if (!early) await keepLastLog(logPath)
  signal.throwIfAborted()
  children.start(processOf(edge, node, token))
}

/** How much of its model a node has downloaded, in words, as its log tells it; undefined while it tells nothing of it. */
export function downloadIn(log: string): string | undefined {
  const line = log
    .split('\n')
    .findLast((entry) => entry.includes('"model.downloading"') || entry.includes('"node.joined"'))
  if (!line?.includes('"model.downloading"')) return undefined
  const { model, downloadedBytes, totalBytes } = JSON.parse(line) as Record<string, unknown>
  const gigabytes = (bytes: unknown) => (Number(bytes) / 1e9).toFixed(1)
  return `${model}: ${gigabytes(downloadedBytes)} of ${gigabytes(totalBytes)} GB`
}

/** Waits until the edge offers what the nodes hold; as long as it takes where models may have to be downloaded. */
export async function untilServed(
  edge: LocalEdge,
  nodes: readonly LocalNode[],
  say: (progress: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const mayDownload = nodes.some(({ allowed }) => allowed === null)
  let toldAt = Date.now()
  const isServed = async (once: AbortSignal) => {
    if (Date.now() - toldAt > PROGRESS_MS) {
      toldAt = Date.now()
      for (const { logPath } of nodes) {
        const progress = downloadIn(await readFile(logPath, 'utf8').catch(() => ''))
        if (progress) say(progress)
      }
    }
    return edge.servesAll(nodes, once)
  }
  const limit = mayDownload
    ? { limitMs: DOWNLOAD_LIMIT_MS, sentence: 'The models were not there after a week.' }
    : {
        limitMs: NODE_LIMIT_MS,
        sentence: 'The node did not come up in two minutes: see .switchyard/node.log.',
      }
  await waitUntil(isServed, limit, signal)
}
