import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openBrowser, openerOf } from '../../scripts/browser.ts'
import { Children } from '../../scripts/children.ts'
import { environmentArgs } from '../../scripts/deploy.ts'
import { completeDevVars, prepareDevVars } from '../../scripts/dev-vars.ts'
import { hashOfMigrations } from '../../scripts/local-database.ts'
import { checkPort, LocalEdge, waitUntil } from '../../scripts/local-edge.ts'
import { keepLastLog } from '../../scripts/local-logs.ts'
import { downloadIn, localNodes } from '../../scripts/local-nodes.ts'
import { PlainFailure } from '../../scripts/plain-failure.ts'
import { privateFolder } from '../../scripts/private-folder.ts'
import { greeting, parseStart, stage } from '../../scripts/start.ts'
import { configOf } from '../../worker/env.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-start-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  return folder
}

describe('a folder of local state', () => {
  it('is its owner’s alone, with the folders on the way that were made for it', async () => {
    const folder = await createFolder()
    const state = join(folder, '.wrangler', 'state')
    privateFolder(state)
    for (const path of [join(folder, '.wrangler'), state]) {
      expect((await stat(path)).mode & 0o777).toBe(0o700)
    }
  })

  it('becomes its owner’s alone where it was others’ too, and keeps what it holds', async () => {
    const folder = await createFolder()
    await chmod(folder, 0o755)
    await writeFile(join(folder, 'kept'), 'kept')
    privateFolder(folder)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect(await readFile(join(folder, 'kept'), 'utf8')).toBe('kept')
  })
})

describe('.dev.vars', () => {
  it('is made with all that development needs, new each time', () => {
    const [first, second] = [parseEnv(completeDevVars('')), parseEnv(completeDevVars(''))]
    expect(first.ENVIRONMENT).toBe('development')
    expect(Buffer.from(first.JWT_SECRET ?? '', 'base64url')).toHaveLength(32)
    expect(first.DEV_API_KEY).toMatch(/^sk-[0-9A-Za-z]{43}$/)
    expect(second.JWT_SECRET).not.toBe(first.JWT_SECRET)
    expect(second.DEV_API_KEY).not.toBe(first.DEV_API_KEY)
  })

  it.each(['# mine\nJWT_SECRET="kept"\nOTHER=1', '# mine\nJWT_SECRET="kept"\nOTHER=1\n'])(
    'gets what it lacks at its end, and what is there stays: %j',
    (text) => {
      const complete = completeDevVars(text)
      expect(complete.startsWith(`${text.trimEnd()}\n`)).toBe(true)
      expect(parseEnv(complete)).toMatchObject({ JWT_SECRET: 'kept', OTHER: '1', ENVIRONMENT: 'development' })
    },
  )

  it('stays as it is when nothing is missing', () => {
    const complete = completeDevVars('')
    expect(completeDevVars(complete)).toBe(complete)
  })

  it('is its owner’s alone and keeps its values from start to start', async () => {
    const path = join(await createFolder(), '.dev.vars')
    await writeFile(path, 'OTHER=1\n', { mode: 0o644 })
    const first = await prepareDevVars(path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await prepareDevVars(path)).toEqual(first)
    expect(first.DEV_API_KEY).toMatch(/^sk-/)
  })
})

describe('the port', () => {
  it.each([
    [[], 8787],
    [['--port', '1'], 1],
    [['--port=65535'], 65_535],
  ])('of %j is %i', (args, port) => {
    expect(parseStart(args)).toEqual({ port, models: [], nodes: 1, open: false, watch: false, help: false })
  })

  it.each([
    ['--port', '0'],
    ['--port', '65536'],
    ['--nodes', '0'],
    ['--nodes', '9'],
    ['--nodes', 'two'],
    ['--model'],
    ['--port', 'x'],
    ['--port'],
    ['--ports', '1'],
    ['9000'],
  ])('%s %s is refused with one sentence', (...args) => {
    expect(() => parseStart(args.filter((arg) => arg !== undefined))).toThrow(PlainFailure)
  })

  it('that is in use is one sentence', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await expect(checkPort(port)).rejects.toThrow(
      new PlainFailure(
        `Port ${port} is in use: stop what uses it, or choose another with npm start -- --port <n>.`,
      ),
    )
    server.close()
    await once(server, 'close')
    await checkPort(port)
  })
})

describe('the nodes of a start', () => {
  const namesOf = (...flags: Parameters<typeof localNodes>) =>
    localNodes(...flags).map(({ name, ids }) => [name, ...ids])

  it('are one with the starter model, or as many as were asked for', () => {
    expect(namesOf([], 1)).toEqual([['local', 'starter']])
    expect(namesOf([], 2)).toEqual([
      ['local', 'starter'],
      ['local-2', 'starter'],
    ])
    expect(parseStart(['--nodes', '8'])).toMatchObject({ nodes: 8 })
  })

  it('serve models of one’s own beside the starter model, on nodes of their own', () => {
    const { models } = parseStart(['--model', '/m/big.gguf', '--model', 'small=hf:user/repo:Q4_K_M'])
    expect(namesOf(models, 2)).toEqual([
      ['local', 'starter'],
      ['models', 'big', 'small'],
      ['models-2', 'big', 'small'],
    ])
  })

  it('have a folder and a log each', () => {
    const nodes = localNodes(['/m/big.gguf'], 2)
    expect(new Set(nodes.map(({ stateDir }) => stateDir)).size).toBe(3)
    expect(new Set(nodes.map(({ logPath }) => logPath)).size).toBe(3)
  })

  it('have no name twice', () => {
    expect(() => localNodes(['x=/a.gguf', 'x=/b.gguf'], 1)).toThrow(PlainFailure)
  })

  it('tell how much of a model they have', () => {
    const progress = (downloadedBytes: number) =>
      JSON.stringify({ event: 'model.downloading', model: 'big', downloadedBytes, totalBytes: 4.5e9 })
    expect(downloadIn('')).toBeUndefined()
    expect(downloadIn(`${progress(1)}\n${progress(1.24e9)}\n{"event":"other"}\n`)).toBe('big: 1.2 of 4.5 GB')
  })
})

describe('the migrations', () => {
  it('are others when one is added or changed, and only then', async () => {
    const folder = await createFolder()
    await writeFile(join(folder, '0001.sql'), 'a')
    const first = await hashOfMigrations(folder)
    await writeFile(join(folder, 'notes.txt'), 'x')
    expect(await hashOfMigrations(folder)).toBe(first)
    await writeFile(join(folder, '0002.sql'), 'b')
    const second = await hashOfMigrations(folder)
    await writeFile(join(folder, '0002.sql'), 'c')
    expect(new Set([first, second, await hashOfMigrations(folder)]).size).toBe(3)
  })
})

describe('a browser', () => {
  it.each([
    ['linux', 'xdg-open'],
    ['darwin', 'open'],
    ['win32', 'cmd'],
  ] as const)('is opened on %s by %s', (platform, command) => expect(openerOf(platform)[0]).toBe(command))

  it('is given the address, and where there is none, that is said with it', async () => {
    const folder = await createFolder()
    vi.stubEnv('PATH', folder)
    cleanups.push(async () => vi.unstubAllEnvs())
    const address = 'http://127.0.0.1:1/console/#code=x'
    const said = new Promise<string>((resolve) => openBrowser(address, resolve))
    expect(await said).toContain(address)
    const opened = join(folder, 'opened')
    const opener = `#!/bin/sh\necho "$@" > ${opened}.new\n/bin/mv ${opened}.new ${opened}\n`
    await writeFile(join(folder, openerOf(process.platform)[0]), opener, { mode: 0o755 })
    openBrowser(address, () => {})
    await expect.poll(() => readFile(opened, 'utf8').catch(() => '')).toBe(`${address}\n`)
  })
})

describe('the words of a start', () => {
  it('name each stage with its seconds, and its failure none', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    cleanups.push(async () => write.mockRestore())
    expect(await stage('the console is built', async () => 7)).toBe(7)
    expect(write.mock.calls).toEqual([[expect.stringMatching(/^ {2}the console is built {2,}\d+\.\d s\n$/)]])
    await expect(stage('the edge answers', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(write.mock.calls).toHaveLength(1)
  })

  it('begin with the console, by a link that signs in', () => {
    const text = greeting({
      ...{ origin: 'http://127.0.0.1:8787', console: 'http://127.0.0.1:8787/console/#code=c' },
      ...{ apiKey: 'sk-key', model: 'starter' },
    })
    const addresses = text.match(/http:\/\/\S+/g)
    expect(addresses?.[0]).toBe('http://127.0.0.1:8787/console/#code=c')
    expect(text).toContain("Authorization: Bearer sk-key'")
  })
})

describe('waitUntil', () => {
  const limits = { limitMs: 10_000, sentence: 'It did not come.' }

  it('takes a failing question for "not yet"', async () => {
    const answers = [
      () => Promise.reject(new Error('refused')),
      () => Promise.resolve(false),
      () => Promise.resolve(true),
    ]
    await waitUntil(
      () => answers.shift()?.() ?? Promise.reject(new Error('asked too often')),
      limits,
      new AbortController().signal,
    )
    expect(answers).toEqual([])
  })

  it('gives up after its limit with its sentence', async () => {
    const never = waitUntil(
      () => Promise.resolve(false),
      { ...limits, limitMs: 1 },
      new AbortController().signal,
    )
    await expect(never).rejects.toThrow(new PlainFailure('It did not come.'))
  })

  it('ends at once when the start is stopped', async () => {
    const stop = new AbortController()
    const ask = () => {
      stop.abort()
      return Promise.resolve(false)
    }
    await expect(waitUntil(ask, limits, stop.signal)).rejects.toThrow(/abort/)
  })
})

describe('an edge with a bad configuration', () => {
  const thrownBy = (env: object): string => {
    try {
      configOf(env)
    } catch (thrown) {
      return String(thrown)
    }
    throw new Error('Nothing was wrong.')
  }

  it('ends the start at its first answer, with the variables and the file', async () => {
    const env = { ENVIRONMENT: 'development', JWT_SECRET: 'short', TOKEN_LIFETIME_SECONDS: '3' }
    let requests = 0
    // As a local runtime shows what a Worker has thrown.
    const server = createHttpServer((_request, response) => {
      requests += 1
      response.writeHead(500, { 'content-type': 'text/plain' })
      response.end(`${thrownBy(env)}\n    at configOf (file:///worker/env.ts:45:11)`)
    }).listen(0, '127.0.0.1')
    cleanups.push(async () => server.close())
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const edge = new LocalEdge(`http://127.0.0.1:${port}`, 'sk-any')
    const limits = { limitMs: 10_000, sentence: 'It did not come.' }
    const up = waitUntil((signal) => edge.isHealthy(signal), limits, new AbortController().signal)
    await expect(up).rejects.toThrow(
      new PlainFailure(
        'Bad configuration: JWT_SECRET, TOKEN_LIFETIME_SECONDS. Correct that in .dev.vars, or in wrangler.toml if it stands there.',
      ),
    )
    expect(requests).toBe(1)
  })
})

describe('keepLastLog', () => {
  it('keeps the log of the start before, and none older', async () => {
    const path = join(await createFolder(), 'edge.log')
    await keepLastLog(path)
    for (const text of ['first', 'second']) {
      await writeFile(path, text)
      await keepLastLog(path)
    }
    expect(await readFile(`${path}.1`, 'utf8')).toBe('second')
    expect(existsSync(path)).toBe(false)
  })
})

describe('Children', () => {
  /** A process that starts another, writes both ids and does what it is told at SIGTERM. */
  const family = (pidsPath: string, onTerm: string) => `
    const { spawn } = require('node:child_process')
    const grandchild = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    process.on('SIGTERM', () => { ${onTerm} })
    require('node:fs').writeFileSync(${JSON.stringify(pidsPath)}, process.pid + ' ' + grandchild.pid + ' end')
    setInterval(() => {}, 1000)`

  const isAlive = async (pid: number): Promise<boolean> => {
    // A process that has ended but whose new parent has not collected it yet no longer counts.
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
    return state !== undefined && !/\) Z /.test(state)
  }

  it.runIf(existsSync('/proc/self/stat'))(
    'leaves nothing behind, not even what a child has started and forgotten',
    async () => {
      const folder = await createFolder()
      const pidsPath = join(folder, 'pids')
      const children = new Children()
      const code = family(pidsPath, 'process.exit(0)')
      children.start({ title: 'The family', args: ['-e', code], logPath: join(folder, 'log') })
      const isReady = async () => (await readFile(pidsPath, 'utf8')).endsWith('end')
      await waitUntil(isReady, { limitMs: 10_000, sentence: 'No family.' }, new AbortController().signal)
      await children.stop()
      const pids = (await readFile(pidsPath, 'utf8')).split(' ').slice(0, 2).map(Number)
      const areGone = async () => !(await Promise.all(pids.map(isAlive))).includes(true)
      await waitUntil(areGone, { limitMs: 10_000, sentence: 'It lives.' }, new AbortController().signal)
    },
  )

  it('tells which child ended unasked, how, and where its log is', async () => {
    const logPath = join(await createFolder(), 'child.log')
    const children = new Children()
    cleanups.push(() => children.stop())
    children.start({ title: 'The edge', args: ['-e', 'console.log("last words"); process.exit(3)'], logPath })
    await expect(children.failed).rejects.toThrow(/^The edge stopped \(exit code 3\): see .*child\.log\.$/)
    expect(await readFile(logPath, 'utf8')).toBe('last words\n')
  })

  it('starts nothing after the stop', async () => {
    const children = new Children()
    await children.stop()
    const start = () => children.start({ title: 'The node', args: ['-e', ''], logPath: '/dev/null' })
    expect(start).toThrow(/after the stop/)
  })
})

describe('environmentArgs', () => {
  it.each([
    [[], []],
    [
      ['--env', 'staging', '--minify'],
      ['--env', 'staging'],
    ],
    [
      ['--minify', '-e', 'staging'],
      ['-e', 'staging'],
    ],
    [['--env=staging', '--minify'], ['--env=staging']],
  ])('of %j are %j', (args, expected) => {
    expect(environmentArgs(args)).toEqual(expected)
  })
})
