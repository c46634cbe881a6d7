import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../../free-port.ts'
import { ROOT } from '../../root.ts'
import type { Bench, BenchContext, Figure } from '../bench.ts'

const CLONE_TARGET_SECONDS = 75
const RESTART_TARGET_SECONDS = 8
const RESTARTS = 3

async function succeed(command: string, args: string[], cwd: string, signal: AbortSignal): Promise<void> {
  const child = spawn(command, args, { cwd, signal, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${code}.`)
}

/** The first piece of an answer to the question that `npm start` prints. */
async function firstToken(origin: string, key: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'starter',
      stream: true,
      messages: [{ role: 'user', content: 'Hello!' }],
    }),
    signal,
  })
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    if (/"content":"[^"]/.test(decoder.decode(chunk))) return
  }
  throw new Error('The starter model said nothing.')
}

/** One `npm start` in a folder: seconds until it says that it runs, until the first token, and of each of its stages. */
async function start(folder: string, { signal, note }: BenchContext) {
  const port = await freePort()
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1_000
  // A group of its own: Ctrl-C in a terminal reaches npm and all that it has started.
  const child = spawn('npm', ['start', '--', '--port', String(port)], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const end = async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
    await exited
  }
  signal.addEventListener('abort', end)
  try {
    let running = 0
    for await (const line of createInterface(child.stdout)) {
      if (/^ {2}\S.* \d+\.\d s$/.test(line)) note(line.trim())
      if (line.startsWith('Switchyard is running')) running = seconds()
      const [, key] = /^ {2}Key {2,}(\S+)$/.exec(line) ?? []
      if (key === undefined) continue
      await firstToken(`http://127.0.0.1:${port}`, key, signal)
      return { running, first: seconds() }
    }
    throw new Error('npm start ended before it was running.')
  } finally {
    signal.removeEventListener('abort', end)
    await end()
  }
}

/** The first two minutes of somebody new: what is committed here is cloned, installed and started. Asks npm's registry. */
export const consoleStart: Bench = {
  name: 'console:start',
  summary: 'seconds from git clone to the first token, and of a restart',
  async run(context): Promise<Figure[]> {
    const { scratchDir, signal, note } = context
    const folder = join(scratchDir, 'clone')
    const startedAt = performance.now()
    await succeed('git', ['clone', '--quiet', ROOT, folder], scratchDir, signal)
    const cloned = (performance.now() - startedAt) / 1_000
    await succeed('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], folder, signal)
    const installed = (performance.now() - startedAt) / 1_000
    note(`cloned in ${cloned.toFixed(1)} s, installed in ${(installed - cloned).toFixed(1)} s`)
    const { first } = await start(folder, context)
    const restarts: number[] = []
    for (let again = 0; again < RESTARTS; again += 1) restarts.push((await start(folder, context)).running)
    return [
      { name: 'git clone', value: cloned, unit: 's' },
      { name: 'npm install', value: installed - cloned, unit: 's' },
      { name: 'npm start to first token', value: first, unit: 's' },
      {
        name: 'clone to first token',
        value: installed + first,
        unit: 's',
        target: { atMost: CLONE_TARGET_SECONDS },
      },
      {
        name: 'restart, the quickest',
        value: Math.min(...restarts),
        spread: [Math.min(...restarts), Math.max(...restarts)],
        unit: 's',
        target: { atMost: RESTART_TARGET_SECONDS },
      },
    ]
  },
}
