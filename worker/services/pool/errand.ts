import type { ErrandFault, ErrandKind, ErrandOutcome } from '../../../shared/tasks/errands.ts'

/** Something that a node is to do for somebody who waits for it. */
export interface Errand {
  errandId: string
  kind: ErrandKind
  input: string
  limitMs: number
  /** Whose it is: one account does not take all slots of a node. */
  accountId: string
}

/** The end of an errand on a node. `lost`: the node has not done it, for a reason of its own. */
export type ErrandAnswer =
  | ErrandOutcome
  | { fault: ErrandFault; message: string }
  | { refused: 'away' | 'draining' | 'busy' }
  | { lost: true }
  | { cancelled: true }
