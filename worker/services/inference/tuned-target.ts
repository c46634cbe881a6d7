import type { AdapterTicket } from '../../../shared/generation.ts'

/** Who names a model. */
export interface Viewer {
  accountId: string
  /** With a credential that administers the deployment: then every account's models exist. */
  isAdministrator?: boolean | undefined
}

/** A model that was trained on the pool, as a call runs it. */
export interface TunedTarget {
  /** As its caller names it. */
  name: string
  /** The pool's model that it is made of. */
  base: string
  /** As nodes know it. */
  model: string
  /** Where its adapter is, for a node that does not hold it. */
  ticket(): Promise<AdapterTicket>
  /** Whether its caller may still use it. */
  exists(): Promise<boolean>
}

/**
 * The model behind a caller's name, where it is one that was trained on the pool and that the caller may use; undefined for
 * every other name. Throws `invalid_request` for one that no node can serve.
 */
export type FindTuned = (name: string, viewer: Viewer) => Promise<TunedTarget | undefined>
