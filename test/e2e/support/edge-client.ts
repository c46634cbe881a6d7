import { until } from './until.ts'

/** The administrator's key of every edge of the tests. */
export const API_KEY = `sk-${'e2e'.repeat(14)}x`

export interface NodeStatus {
  id: string
  name: string
  status: 'online' | 'offline'
  models: { id: string; active: number; queued: number }[]
  gauge: object | null
}

/** An edge, as its administrator speaks to it. */
export class EdgeClient {
  readonly url: string
  readonly key = API_KEY

  constructor(url: string) {
    this.url = url
  }

  request(path: string, options: { method?: string; body?: unknown; signal?: AbortSignal } = {}) {
    const { body, signal } = options
    return fetch(this.url + path, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  }

  async json<Body>(path: string, body?: unknown): Promise<Body> {
    const response = await this.request(path, { body })
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as Body
  }

  async nodeNamed(name: string) {
    const { data } = await this.json<{ data: NodeStatus[] }>('/v1/nodes')
    return data.find((node) => node.name === name)
  }

  /** Waits until a node of this name is linked and its models are offered. */
  async untilOffered(name: string, limitMs: number): Promise<void> {
    await until(
      async () => {
        const node = await this.nodeNamed(name)
        if (node?.status !== 'online') throw new Error(`The node ${name} is not online.`)
        // The list is read from a snapshot up to a second old: the node's own models must be in it.
        const { data } = await this.json<{ data: { id: string }[] }>('/v1/models')
        const offered = new Set(data.map(({ id }) => id))
        if (node.models.length === 0 || !node.models.every(({ id }) => offered.has(id)))
          throw new Error(`The models of ${name} are not offered: ${[...offered].join(', ')}.`)
      },
      { limitMs, intervalMs: 100 },
    )
  }

  /** Waits until no generation runs or waits anywhere, or none of one model. */
  async untilIdle(limitMs: number, model?: string): Promise<void> {
    await until(
      async () => {
        const { data } = await this.json<{ data: NodeStatus[] }>('/v1/nodes')
        const busy = data.flatMap(({ name, models }) =>
          models
            .filter(({ id, active, queued }) => active + queued > 0 && (model ?? id) === id)
            .map(({ id }) => `${id} of ${name}`),
        )
        if (busy.length > 0) throw new Error(`There are still calls: ${busy.join(', ')}.`)
      },
      { limitMs, intervalMs: 50 },
    )
  }
}
