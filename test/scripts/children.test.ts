import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Children } from '../../scripts/children.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'children-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

let last = 0
function program(code: string) {
  last += 1
  const logPath = join(folder, `${last}.log`)
  const written = () => expect.poll(() => readFileSync(logPath, 'utf8'))
  return { options: { title: 'The child', args: ['-e', code], logPath }, written }
}
function family(): Children {
  const children = new Children()
  onTestFinished(() => children.stop())
  return children
}
const ENDS = 'console.log("over"); process.exitCode = 3'
const STAYS = 'console.log(process.pid); setInterval(() => {}, 1_000)'

describe('a child that is started early', () => {
  it('may end, which is a failure once it is kept', async () => {
    const children = family()
    const { options, written } = program(ENDS)
    const child = children.startEarly(options)
    await written().toContain('over')
    child.keep()
    await expect(children.failed).rejects.toThrow('The child stopped (exit code 3)')
  })

  it('is gone when it is dropped, and nothing has failed', async () => {
    const children = family()
    const { options, written } = program(STAYS)
    const child = children.startEarly(options)
    await written().toMatch(/\d/)
    await child.drop()
    const pid = Number(readFileSync(options.logPath, 'utf8'))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect(await Promise.race([children.failed, 'well'])).toBe('well')
  })

  it('can be dropped that has ended', async () => {
    const children = family()
    const { options, written } = program(ENDS)
    const child = children.startEarly(options)
    await written().toContain('over')
    await child.drop()
    expect(await Promise.race([children.failed, 'well'])).toBe('well')
  })

  it('ends with the others', async () => {
    const children = family()
    const { options, written } = program(STAYS)
    children.startEarly(options)
    await written().toMatch(/\d/)
    await children.stop()
    const pid = Number(readFileSync(options.logPath, 'utf8'))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})
