import { z } from 'zod'

/** What must survive hibernation; an attachment may hold 2 KB. */
export const LinkAttachment = z.object({
  nodeId: z.string(),
  linkId: z.string(),
  openedAt: z.int(),
  greeted: z.boolean(),
  draining: z.boolean(),
  /** The node promised to be heard while it runs calls. */
  busyHeartbeat: z.boolean().default(false),
  /** Since when it has been too silent for new calls. */
  suspectSince: z.int().nullable().default(null),
})
export type LinkAttachment = z.infer<typeof LinkAttachment>

/** Of a link that was just accepted. */
export const newAttachment = (nodeId: string): LinkAttachment => ({
  nodeId,
  linkId: crypto.randomUUID(),
  openedAt: Date.now(),
  greeted: false,
  draining: false,
  busyHeartbeat: false,
  suspectSince: null,
})
