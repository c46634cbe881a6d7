import { describe, expect, it } from 'vitest'
import { JOB_STATES } from '../../../../worker/db/tables/training.ts'
import {
  isHeld,
  isOver,
  JOB_EVENTS,
  TRANSITIONS,
  transitionsOf,
} from '../../../../worker/services/training/job-states.ts'

/** The table, as it is written there. */
const TABLE: [from: string, event: string, to: string][] = [
  ['pending', 'rows_good', 'queued'],
  ['pending', 'rows_bad', 'failed'],
  ['pending', 'cancel', 'cancelled'],
  ['queued', 'claimed', 'running'],
  ['queued', 'pause', 'paused'],
  ['queued', 'cancel', 'cancelled'],
  ['running', 'completed', 'completed'],
  ['running', 'failed', 'failed'],
  ['running', 'lost', 'queued'],
  ['running', 'lost_again', 'failed'],
  ['running', 'given_back', 'queued'],
  ['running', 'pause', 'pausing'],
  ['running', 'cancel', 'cancelling'],
  ['pausing', 'confirmed', 'paused'],
  ['pausing', 'lost', 'paused'],
  ['cancelling', 'confirmed', 'cancelled'],
  ['cancelling', 'lost', 'cancelled'],
  ['paused', 'resume', 'queued'],
  ['paused', 'cancel', 'cancelled'],
]

describe('the states of a job', () => {
  it('follow each other as the table says, and in no other way', () => {
    const found = JOB_EVENTS.flatMap((event) => transitionsOf(event).map(({ from, to }) => [from, event, to]))
    expect(new Set(found.map(String))).toEqual(new Set(TABLE.map(String)))
    expect(found).toHaveLength(TABLE.length)
  })

  it('end where nothing leads on, and nowhere else', () => {
    for (const state of JOB_STATES) expect(isOver(state)).toBe(Object.keys(TRANSITIONS[state]).length === 0)
  })

  it('are with a node from the claim to its confirmation', () => {
    expect(JOB_STATES.filter(isHeld)).toEqual(['running', 'pausing', 'cancelling'])
  })
})
