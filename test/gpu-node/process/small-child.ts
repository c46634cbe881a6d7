import { existsSync } from 'node:fs'

// A child process for tests: does as it is told by IPC, and tells what it sees.

export type ToSmallChild =
  | { type: 'tell'; variable: string }
  | { type: 'flags' }
  | { type: 'write'; text: string }
  | { type: 'find'; folder: string }
  | { type: 'exit'; code: number }
  | { type: 'ignore'; signals: readonly NodeJS.Signals[] }
  | { type: 'stop' }

export type FromSmallChild =
  | { type: 'told'; value: string | null }
  | { type: 'found'; isThere: boolean }
  | { type: 'flagged'; flags: string[] }
  | { type: 'ignoring' }

const send = (message: FromSmallChild) => process.send?.(message)
let isStubborn = false

process.on('message', (received) => {
  const message = received as ToSmallChild // only the test writes to this channel
  switch (message.type) {
    case 'tell':
      send({ type: 'told', value: process.env[message.variable] ?? null })
      break
    case 'flags':
      send({ type: 'flagged', flags: process.execArgv })
      break
    case 'write':
      process.stdout.write(message.text)
      break
    case 'find':
      send({ type: 'found', isThere: existsSync(message.folder) })
      break
    case 'exit':
      process.exit(message.code)
      break
    case 'ignore':
      isStubborn = true
      for (const signal of message.signals) process.on(signal, () => {})
      send({ type: 'ignoring' })
      break
    case 'stop':
      if (!isStubborn) process.exit(0)
      break
    default:
      message satisfies never
  }
})
process.on('disconnect', () => process.exit(0))
