import { z } from 'zod'
import { NodeGauge, Region } from '../../../shared/node.ts'

/** The state of a link that must survive hibernation; an attachment may hold 2 KB. */
export const LinkAttachment = z.object({
  nodeId: z.string(),
  linkId: z.string(),
  openedAt: z.int(),
  /** The region from which it was dialled, as far as that is known. */
  place: Region.nullable().default(null),
  greeted: z.boolean(),
  draining: z.boolean(),
  /** When the calls of a node that was told to drain go on elsewhere. */
  drainUntil: z.int().nullable().default(null),
  /** The node promised to be heard while it runs calls. */
  busyHeartbeat: z.boolean().default(false),
  /** Since when it has been too silent for new calls. */
  suspectSince: z.int().nullable().default(null),
  /** The node's last measurement: it sends one only when it changes. */
  gauge: NodeGauge.nullable().default(null),
})
export type LinkAttachment = z.infer<typeof LinkAttachment>

/** Of a link that was just accepted. */
export const newAttachment = (nodeId: string, place: string | null): LinkAttachment => ({
  nodeId,
  linkId: crypto.randomUUID(),
  openedAt: Date.now(),
  place,
  greeted: false,
  draining: false,
  drainUntil: null,
  busyHeartbeat: false,
  suspectSince: null,
  gauge: null,
})
