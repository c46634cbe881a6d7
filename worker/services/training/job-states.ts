import type { JobState } from '../../db/tables/training.ts'

/** The things that can happen to a job. */
export const JOB_EVENTS = [
  /** Its rows were checked. */
  'rows_good',
  'rows_bad',
  /** A node was given it. */
  'claimed',
  'pause',
  'resume',
  'cancel',
  /** Its result is stored and verified. */
  'completed',
  /** Its own error: no other node would do better. */
  'failed',
  /** The lease was lost; the trainer or the node died. */
  'lost',
  /** The same, for the third time in a row without a new checkpoint. */
  'lost_again',
  /** Its node refuses it, drains, or needs the memory for calls: nobody's fault. */
  'given_back',
  /** The node has done as it was told. */
  'confirmed',
] as const
export type JobEvent = (typeof JOB_EVENTS)[number]

/** The next state by state and event. What is not here is refused. */
export const TRANSITIONS: { readonly [State in JobState]: { readonly [Event in JobEvent]?: JobState } } = {
  pending: { rows_good: 'queued', rows_bad: 'failed', cancel: 'cancelled' },
  queued: { claimed: 'running', pause: 'paused', cancel: 'cancelled' },
  running: {
    completed: 'completed',
    failed: 'failed',
    lost: 'queued',
    lost_again: 'failed',
    given_back: 'queued',
    pause: 'pausing',
    cancel: 'cancelling',
  },
  pausing: { confirmed: 'paused', lost: 'paused' },
  cancelling: { confirmed: 'cancelled', lost: 'cancelled' },
  paused: { resume: 'queued', cancel: 'cancelled' },
  completed: {},
  failed: {},
  cancelled: {},
}

/** The states in which a node holds the job. */
export const HELD_STATES = ['running', 'pausing', 'cancelling'] as const satisfies JobState[]

/** The states behind which nothing comes. */
export const OVER_STATES = ['completed', 'failed', 'cancelled'] as const satisfies JobState[]

export const isHeld = (state: JobState): boolean => HELD_STATES.some((held) => held === state)
export const isOver = (state: JobState): boolean => OVER_STATES.some((over) => over === state)

/** The states from which an event leads on, with those to which it leads. */
export const transitionsOf = (event: JobEvent): { from: JobState; to: JobState }[] =>
  // The keys of the table are the states.
  (Object.keys(TRANSITIONS) as JobState[]).flatMap((from) => {
    const to = TRANSITIONS[from][event]
    return to === undefined ? [] : [{ from, to }]
  })
