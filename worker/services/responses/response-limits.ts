import { DAY_MS, MIB } from '../../../shared/units.ts'
import type { PlanRows } from '../accounts/plan-rows.ts'

/** How long a response is kept, as OpenAI keeps them. */
export const RESPONSE_KEPT_MS = 30 * DAY_MS

/** Bytes of what one request gives to be kept. A row of the database holds twice as much. */
export const MAX_KEPT_INPUT_BYTES = 900 * 1_024

/** Responses of an account that are kept, and their bytes; of more, the oldest go before their time. */
export const MAX_RESPONSES: PlanRows = { free: 10_000, pro: 50_000, enterprise: 100_000 }
export const MAX_RESPONSE_BYTES: PlanRows = { free: 64 * MIB, pro: 512 * MIB, enterprise: 1_024 * MIB }

/** The weight of a response beside its words: of its rows, and of their places in the indexes. */
export const RESPONSE_OVERHEAD_BYTES = 512

/** Responses that one goes on from, one behind the other, and the items and bytes that come with them or with a conversation. */
export const MAX_CHAIN = 1_000
export const MAX_CONTEXT_ITEMS = 4_096
export const MAX_CONTEXT_BYTES = 4 * MIB

/** Responses of an account that are made in the background at a time. */
export const MAX_BACKGROUND_RESPONSES = 32
