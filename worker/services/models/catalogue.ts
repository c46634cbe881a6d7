import { DAY_MS } from '../../../shared/units.ts'
import type { Viewer } from '../inference/tuned-target.ts'
import type { Latencies } from '../metering/latencies.ts'
import type { UsageService } from '../metering/usage.ts'
import type { KnownModel } from '../pool/known-models.ts'
import type { PoolView } from '../pool/pool-view.ts'
import { Recent } from '../recent.ts'
import type { Prices } from './prices.ts'
import type { TunedModels } from './tuned-models.ts'

/** The time whose measurements speak for a model: its last day. */
export const MEASURED_MS = DAY_MS

/** How long an isolate shows what it has read of a model's runs. */
export const MEASURED_CACHE_MS = 10_000
const MEASURED_CACHE_ENTRIES = 1_000

/** A model of the pool, for people. */
export interface CatalogueModel {
  id: string
  /** Its description, as its file has it. */
  description: string
  /** Tokens of prompt and answer together, on the node that offers the most. */
  contextTokens: number
  /** The price of a thousand tokens now. */
  pricePer1kTokens: number
  /** Whether a linked node that takes new calls holds it. */
  isAvailable: boolean
}

const BYTES = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** A size in decimal units, as models are spoken of: `1.4 GB`. */
function sizeOf(bytes: number): string {
  const exponent = Math.min(BYTES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  const amount = bytes / 1_000 ** exponent
  return `${amount >= 100 ? Math.round(amount) : Number(amount.toPrecision(2))} ${BYTES[exponent]}`
}

const describe = ({ parent, architecture, sizeBytes, capabilities }: KnownModel): string =>
  parent === null
    ? `${architecture} model of ${sizeOf(sizeBytes)}${capabilities.includes('generate') ? '' : ', for embeddings alone'}`
    : `LoRA adapter of ${parent}`

export type Catalogue = ReturnType<typeof createCatalogue>

/** The models of the pool with what was measured of them. */
export function createCatalogue({
  pool,
  usage,
  prices,
  tunedModels,
  now = Date.now,
}: {
  pool: PoolView
  usage: Pick<UsageService, 'latencies'>
  prices: Pick<Prices, 'read'>
  tunedModels: Pick<TunedModels, 'list'>
  now?: () => number
}) {
  const measured = new Recent<Latencies>(MEASURED_CACHE_MS, MEASURED_CACHE_ENTRIES, now)
  return {
    /**
     * Every model that a node which may come back holds, and those that were trained on the pool and that the viewer may use,
     * each once, by id.
     */
    async list(viewer: Viewer): Promise<CatalogueModel[]> {
      const [regions, tuned, priceOf] = await Promise.all([
        pool.all(),
        tunedModels.list(viewer),
        prices.read(),
      ])
      const models = new Map<string, CatalogueModel>()
      for (const region of regions) {
        for (const model of region.models.values()) {
          if (!model.isHeld) continue
          const { id, contextTokens, isAvailable } = model
          const known = models.get(id)
          models.set(id, {
            id,
            description: describe(model),
            contextTokens: Math.max(contextTokens, known?.contextTokens ?? 0),
            pricePer1kTokens: priceOf(id),
            isAvailable: isAvailable || known?.isAvailable === true,
          })
        }
      }
      const bases = new Map(models)
      for (const { name, base, kind } of tuned) {
        const parent = bases.get(base)
        if (kind !== 'adapter' || !parent) models.delete(name)
        else
          models.set(name, {
            ...parent,
            id: name,
            description: `${base}, trained here`,
            pricePer1kTokens: priceOf(name),
          })
      }
      return [...models.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
    },

    /** How fast a model was in the last day; up to `MEASURED_CACHE_MS` old. */
    latencies: (model: string): Promise<Latencies> =>
      measured.get(model, () => usage.latencies(model, now() - MEASURED_MS)),
  }
}
