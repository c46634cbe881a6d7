import { expect, it } from 'vitest'
import type { RunStream } from '../../../../worker/services/agents/agent-runs.ts'
import { unbroken } from '../../../../worker/services/agents/answer-by-agent.ts'
import type { NumberedEvent, RunPlace } from '../../../../worker/services/agents/run-events.ts'

const delta = (from: number, text: string): NumberedEvent => ({
  ...{ type: 'answer.delta', from, text, tokens: [from], seq: 1 },
})

/** Events of an object that is lost behind them. */
async function* lost(...events: NumberedEvent[]): RunStream {
  yield events
  throw new Error('evicted')
}

/** All that is heard of a run whose object is lost after each of these lists of events, and from where it is followed. */
async function heardOf(first: NumberedEvent[], ...lives: NumberedEvent[][]) {
  const places: RunPlace[] = []
  const follow = async (_account: string, _id: string, place: RunPlace) => {
    places.push(structuredClone(place))
    return lost(...(lives.shift() ?? []))
  }
  const texts: string[] = []
  const run = unbroken({ follow }, 'account', { id: 'run', events: lost(...first) }, AbortSignal.any([]))
  const failure = await (async () => {
    for await (const heard of run)
      for (const event of heard) if (event.type === 'answer.delta') texts.push(event.text)
  })().catch((thrown: Error) => thrown.message)
  return { text: texts.join(''), places, failure }
}

it('A run whose object is lost is followed three times, each time from all that was heard of its answer.', async () => {
  const { text, places, failure } = await heardOf(
    [delta(0, 'It')],
    [delta(2, ' is')],
    [],
    [delta(5, ' late')],
  )
  expect([text, failure]).toEqual(['It is late', 'evicted'])
  expect(places.map(({ said }) => said)).toEqual([
    { text: 'It', tokens: [0] },
    { text: 'It is', tokens: [0, 2] },
    { text: 'It is', tokens: [0, 2] },
  ])
})

it('A run that answers anew after a part of its answer was heard fails, and nothing of the new answer is heard.', async () => {
  const { text, places, failure } = await heardOf(
    [delta(0, 'It is')],
    [delta(0, 'It was')],
    [delta(5, ' late')],
  )
  expect([text, failure, places.length]).toEqual(['It is', 'The run was interrupted.', 1])
})
