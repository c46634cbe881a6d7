import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { makeId } from '../../../shared/ids.ts'
import type { TrainingWishes } from '../../../shared/training.ts'
import type { Stack } from './stack.ts'
import { until } from './until.ts'

/** The bindings of the edge that are needed here, as the harness lends them. */
interface Bindings {
  DB: {
    prepare(sql: string): {
      bind(...values: unknown[]): {
        run(): Promise<unknown>
        first<Row>(): Promise<Row | null>
        all<Row>(): Promise<{ results: Row[] }>
      }
    }
  }
  FILES: { list(options: { prefix: string }): Promise<{ objects: { key: string }[] }> }
  TRAINING_DOORBELL: { send(message: string): Promise<unknown> }
  TRAINING_RUN: {
    getByName(name: string): {
      prepare(jobId: string): Promise<void>
      attend(jobId: string): Promise<void>
      events(page: { limit: number; order: 'asc' }): Promise<{ events: JobEvent[] }>
    }
  }
}

export interface JobEvent {
  kind: string
  message: string
  data: Record<string, unknown>
}

export interface JobRow {
  state: string
  attempt: number
  node_id: string | null
  result_model: string | null
  result_model_id: string | null
  checkpoint: string | null
  blocked: string | null
  error: string | null
  losses: number
}

export interface NewJob {
  rows: readonly object[]
  wishes: TrainingWishes
  suffix: string
  validationShare?: number
}

const bindingsOf = (stack: Stack) => stack.harness.getWorker<Bindings>().getEnv()

/** A job at a real edge, made as its services make it. */
export class E2eJob {
  readonly id: string
  readonly #bindings: Bindings

  private constructor(id: string, bindings: Bindings) {
    this.id = id
    this.#bindings = bindings
  }

  /** Of the administrator, whose rows lie in its workspace. */
  static async create(stack: Stack, { rows, wishes, suffix, validationShare = 0 }: NewJob): Promise<E2eJob> {
    const path = `${suffix}.jsonl`
    const written = await fetch(`${stack.url}/v1/workspace/${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${stack.key}`, 'content-type': 'application/jsonl' },
      body: rows.map((row) => JSON.stringify(row)).join('\n'),
    })
    if (!written.ok) throw new Error(`The rows were not stored: ${await written.text()}`)
    const account = await stack.json<{ id: string }>('/v1/accounts/me')
    const bindings = await bindingsOf(stack)
    const id = makeId(Date.now(), crypto.getRandomValues(new Uint8Array(8)))
    const plan = {
      baseModel: 'starter',
      continueFrom: null,
      suffix,
      precisions: ['f32', 'f16', 'quantised'],
      wishes,
      trainsOnInputs: false,
      excess: 'drop',
      validationShare,
      replayShare: null,
      sources: [{ role: 'train', kind: 'workspace', name: path, type: 'chatml' }],
      maxHours: 1,
      samplePrompts: [],
      outputPath: null,
    }
    await bindings.DB.prepare(
      `INSERT INTO training_jobs (id, account_id, surface, state, priority, plan, tags, created_at, updated_at)
       VALUES (?, ?, 'openai', 'pending', 5, ?, '[]', ?, ?)`,
    )
      .bind(id, account.id, JSON.stringify(plan), Date.now(), Date.now())
      .run()
    await bindings.TRAINING_RUN.getByName(id).prepare(id)
    return new E2eJob(id, bindings)
  }

  async row(): Promise<JobRow> {
    const row = await this.#bindings.DB.prepare('SELECT * FROM training_jobs WHERE id = ?')
      .bind(this.id)
      .first<JobRow>()
    if (row === null) throw new Error('The job is gone.')
    return row
  }

  /** Waits until it is in a state. Throws when it is over in another. */
  async until(...states: string[]): Promise<JobRow> {
    return this.when((row) => states.includes(row.state))
  }

  async when(isSo: (row: JobRow) => boolean, limitMs = 180_000): Promise<JobRow> {
    let row = await this.row()
    let isStuck = false
    await until(
      async () => {
        row = await this.row()
        isStuck = ['failed', 'cancelled', 'completed'].includes(row.state) && !isSo(row)
        if (!isSo(row) && !isStuck) throw new Error(`The job is ${JSON.stringify(row)}.`)
      },
      { limitMs, intervalMs: 100 },
    )
    if (isStuck) throw new Error(`The job is ${JSON.stringify(row)}.`)
    return row
  }

  /** Tells it to pause, go on or stop, as its services do it. */
  async move(from: string, to: string): Promise<void> {
    await this.#bindings.DB.prepare('UPDATE training_jobs SET state = ? WHERE id = ? AND state = ?')
      .bind(to, this.id, from)
      .run()
    if (to === 'queued') await this.#bindings.TRAINING_DOORBELL.send('ring')
    else await this.#bindings.TRAINING_RUN.getByName(this.id).attend(this.id)
  }

  async events(): Promise<JobEvent[]> {
    const { events } = await this.#bindings.TRAINING_RUN.getByName(this.id).events({
      limit: 500,
      order: 'asc',
    })
    return events
  }

  /** The hash of the file that came out. */
  async resultHash(): Promise<string> {
    const { result_model_id: id } = await this.row()
    const model = await this.#bindings.DB.prepare('SELECT file FROM tuned_models WHERE id = ?')
      .bind(id)
      .first<{ file: string }>()
    return z.object({ sha256: z.string() }).parse(JSON.parse(model?.file ?? '')).sha256
  }

  /** The keys of its objects. */
  async objects(): Promise<string[]> {
    const { objects } = await this.#bindings.FILES.list({ prefix: `training/${this.id}/` })
    return objects.map(({ key }) => key)
  }
}

/** The trainers of the node with this state folder. */
export const trainersOf = (stateDir: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandOf(pid).includes(join(stateDir, 'training', '/')))

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return '' // it has just ended
  }
}
