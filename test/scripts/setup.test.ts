import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/root.ts'
import { withOutput } from '../support/child-output.ts'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** Stands in for npm: says what it was asked to do and leaves what an install leaves. */
const FAKE_NPM = `
import { mkdirSync, writeFileSync, appendFileSync } from 'node:fs'
appendFileSync('npm-calls', process.argv.slice(2).join(' ') + ' ' + process.env.NODE_LLAMA_CPP_SKIP_DOWNLOAD + '\\n')
if (process.env.FAKE_NPM_FAILS) {
  for (let line = 1; line <= 100; line += 1) console.error('npm error line ' + line)
  process.exit(7)
}
mkdirSync('node_modules', { recursive: true })
writeFileSync('node_modules/.package-lock.json', '{}')
console.log('added 500 packages')
`

type State = 'not installed' | 'up to date' | 'older than the lock file' | 'without the packaged node'

/** A repository with nothing in it but what \`setup.mjs\` looks at. */
async function createRepository(state: State) {
  const root = await mkdtemp(join(tmpdir(), 'switchyard-setup-'))
  folders.push(root)
  const at = (...path: string[]) => join(root, ...path)
  await mkdir(at('scripts'))
  for (const script of ['setup.mjs', 'assets.mjs'])
    await cp(join(ROOT, 'scripts', script), at('scripts', script))
  await writeFile(at('npm-cli.js'), FAKE_NPM)
  await writeFile(at('package.json'), '{"type":"module"}')
  await writeFile(at('package-lock.json'), '{}')
  await utimes(at('package-lock.json'), 2_000, 2_000)
  if (state !== 'not installed') {
    await mkdir(at('node_modules', 'node', 'bin'), { recursive: true })
    const installedAt = state === 'older than the lock file' ? 1_000 : 3_000
    await writeFile(at('node_modules', '.package-lock.json'), '{}')
    await utimes(at('node_modules', '.package-lock.json'), installedAt, installedAt)
    if (state !== 'without the packaged node') {
      await symlink(process.execPath, at('node_modules', 'node', 'bin', 'node'))
    }
  }
  return { root, at, calls: () => readFile(at('npm-calls'), 'utf8').catch(() => '') }
}

function start(root: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(root, 'scripts', 'setup.mjs'), ...args], {
    cwd: dirname(root),
    env: { ...process.env, npm_execpath: join(root, 'npm-cli.js'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return withOutput(child)
}

async function run(root: string, args: string[], env?: Record<string, string>) {
  const { child, output, ended } = start(root, args, env)
  await ended
  return { code: child.exitCode, ...output }
}

/** Resolves once the child has printed that it listens. */
async function untilReady(child: ChildProcess): Promise<void> {
  let text = ''
  while (!text.includes('ready') && child.stdout) text += (await once(child.stdout, 'data'))[0]
}

describe('setup.mjs', () => {
  it.each<[State, boolean]>([
    ['not installed', true],
    ['older than the lock file', true],
    ['up to date', false],
    // This very test runs on a Node that needs no other.
    ['without the packaged node', false],
  ])('of a repository that is %s installs: %s', async (state, installs) => {
    const { root, at, calls } = await createRepository(state)
    await writeFile(at('script.mjs'), 'console.log("ran")')
    const { code, stdout, stderr } = await run(root, ['script.mjs'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'ran\n' })
    expect(await calls()).toBe(installs ? 'install --no-save --include=dev --no-fund --no-audit true\n' : '')
    expect(stderr).toBe(installs ? 'Installing packages (about a minute)…\n' : '')
  })

  it('runs the script with its arguments, in the repository, and ends with its exit code', async () => {
    const { root, at } = await createRepository('up to date')
    await writeFile(at('script.mjs'), 'console.log(process.argv.slice(2), process.cwd()); process.exit(3)')
    const { code, stdout } = await run(root, ['script.mjs', '--port', '9000', ''])
    expect(code).toBe(3)
    expect(stdout).toContain(`[ '--port', '9000', '' ]`)
    expect(stdout).toContain(root)
  })

  it('tells a failed install in one sentence after the last lines of npm, and runs nothing', async () => {
    const { root, at } = await createRepository('not installed')
    await writeFile(at('script.mjs'), 'console.log("ran")')
    const { code, stdout, stderr } = await run(root, ['script.mjs'], { FAKE_NPM_FAILS: 'yes' })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    const lines = stderr.trim().split('\n')
    expect(lines.slice(-2)).toEqual([
      'npm error line 100',
      'The packages could not be installed; the lines above are npm’s.'.replace('’', "'"),
    ])
    expect(lines).not.toContain('npm error line 80')
  })

  it('tells that npm itself is missing', async () => {
    const { root } = await createRepository('not installed')
    const { code, stderr } = await run(root, ['script.mjs'], { npm_execpath: '', PATH: root })
    expect(code).toBe(1)
    expect(stderr).toMatch(/npm could not be started: .*ENOENT/)
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'passes %s on and ends when the script has',
    async (signal) => {
      const { root, at } = await createRepository('up to date')
      const script = `
      process.on('${signal}', () => { console.log('stopping'); process.exit(5) })
      setInterval(() => {}, 1000)
      console.log('ready')`
      await writeFile(at('script.mjs'), script)
      const { child, output, ended } = start(root, ['script.mjs'])
      await untilReady(child)
      child.kill(signal)
      await ended
      expect(child.exitCode).toBe(5)
      expect(output.stdout).toContain('stopping')
    },
  )

  it('reports a script that a signal ended as a shell does', async () => {
    const { root, at } = await createRepository('up to date')
    await writeFile(at('script.mjs'), 'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)')
    expect((await run(root, ['script.mjs'])).code).toBe(128 + 9)
  })
})

/** The packages that the pages come from, each file with its own name in it. */
const PAGE_FILES = {
  'swagger-ui-dist': ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE', 'NOTICE'],
  redoc: ['bundles/redoc.standalone.js', 'bundles/redoc.standalone.js.LICENSE.txt', 'LICENSE'],
}

async function withPackages(repository: Awaited<ReturnType<typeof createRepository>>) {
  const { at } = repository
  for (const [name, files] of Object.entries(PAGE_FILES)) {
    for (const file of files) {
      await mkdir(dirname(at('node_modules', name, file)), { recursive: true })
      await writeFile(at('node_modules', name, file), `${name} ${file}`)
    }
  }
  await writeFile(at('script.mjs'), 'console.log("ran")')
  const listed = async (page: string) => (await readdir(at('worker', 'assets', page))).toSorted()
  return {
    ...repository,
    assets: async () => ({ 'swagger-ui': await listed('swagger-ui'), redoc: await listed('redoc') }),
  }
}

const ALL_ASSETS = {
  'swagger-ui': ['LICENSE', 'NOTICE', 'favicon-32x32.png', 'swagger-ui-bundle.js', 'swagger-ui.css'],
  redoc: ['LICENSE', 'redoc.standalone.js', 'redoc.standalone.js.LICENSE.txt'],
}

describe("the pages' files, after an install that ran no scripts", () => {
  it('are made before the script runs when there are none', async () => {
    const { root, at, assets } = await withPackages(await createRepository('up to date'))
    expect(await run(root, ['script.mjs'])).toEqual({ code: 0, stdout: 'ran\n', stderr: '' })
    expect(await assets()).toEqual(ALL_ASSETS)
    expect(await readFile(at('worker', 'assets', 'redoc', 'redoc.standalone.js'), 'utf8')).toBe(
      'redoc bundles/redoc.standalone.js',
    )
  })

  it('ask nobody else for anything', async () => {
    const { root, at } = await withPackages(await createRepository('up to date'))
    const bundle = 'src="https://cdn.redoc.ly/redoc/logo-mini.svg"'
    await writeFile(at('node_modules', 'redoc', 'bundles', 'redoc.standalone.js'), bundle)
    for (let start = 0; start < 2; start += 1) {
      await run(root, ['script.mjs'])
      const copy = await readFile(at('worker', 'assets', 'redoc', 'redoc.standalone.js'), 'utf8')
      expect(copy).toBe('src="/assets/swagger-ui/favicon-32x32.png"')
    }
  })

  it('are made whole when one is missing, half there, or of another version', async () => {
    const { root, at, assets } = await withPackages(await createRepository('up to date'))
    await run(root, ['script.mjs'])
    const bundle = at('worker', 'assets', 'swagger-ui', 'swagger-ui-bundle.js')
    await rm(at('worker', 'assets', 'redoc', 'LICENSE'))
    await writeFile(bundle, 'half')
    await run(root, ['script.mjs'])
    expect(await assets()).toEqual(ALL_ASSETS)
    expect(await readFile(bundle, 'utf8')).toBe('swagger-ui-dist swagger-ui-bundle.js')
    await writeFile(at('node_modules', 'swagger-ui-dist', 'swagger-ui-bundle.js'), 'a newer one')
    await run(root, ['script.mjs'])
    expect(await readFile(bundle, 'utf8')).toBe('a newer one')
  })

  it('are not asked for where their packages are not installed, as on a production node', async () => {
    const { root, at } = await createRepository('up to date')
    await writeFile(at('script.mjs'), 'console.log("ran")')
    expect(await run(root, ['script.mjs'])).toEqual({ code: 0, stdout: 'ran\n', stderr: '' })
    expect(await readdir(root)).not.toContain('worker')
  })

  it('that cannot be made are told in one sentence, and nothing runs', async () => {
    const { root, at } = await withPackages(await createRepository('up to date'))
    await writeFile(at('worker'), 'a file where a folder is to be')
    const { code, stdout, stderr } = await run(root, ['script.mjs'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^The pages of \/docs and \/redoc could not be copied: .*\n$/)
  })
})
