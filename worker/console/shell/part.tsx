import type { ComponentType } from 'preact'
import { lazy } from 'preact-iso'
import { Problem } from '../kit/problem.tsx'

const MISSING = new Error('This part of the console could not be loaded.')

/** Stands where a part is missing. It is not asked for again before the page is loaded anew: browsers remember what failed. */
const Missing = () => <Problem failure={MISSING} again={() => location.reload()} />

export type Part<Props> = ComponentType<Props> & {
  /** Loads it before it is shown. */
  preload: () => Promise<ComponentType<Props>>
}

/** A part of the console that is loaded when it is first shown. */
export const part = <Props,>(load: () => Promise<ComponentType<Props>>): Part<Props> =>
  lazy(() => load().catch((): ComponentType<Props> => Missing))
