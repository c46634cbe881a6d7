import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RajoraError } from '../../../shared/sdk/rajora-js/src/index.ts'
import { waitMs } from '../../../shared/sdk/rajora-js/src/transport.ts'
import { SDKS, type SdkDriver } from './sdk-driver.ts'

type Failure = [status: number | null, retryAfter: number | null, tries: number]

/** Seconds that each SDK waits; null where it gives up. */
const waits = (name: string, sdk: SdkDriver) => async (failures: Failure[]) => {
  if (name === 'JavaScript')
    return failures.map(([status, retryAfter, tries]) => {
      const wait = waitMs(new RajoraError({ status, detail: '', retryAfter }), tries)
      return wait === undefined ? null : wait / 1_000
    })
  const { result } = await sdk.ask({ call: 'waits', with: failures })
  return result as (number | null)[]
}

describe.each(SDKS.filter(([name]) => name !== 'Python, async'))(
  'between tries, the SDK in %s',
  (name, start) => {
    let sdk: SdkDriver
    beforeAll(() => {
      sdk = start()
    })
    afterAll(() => sdk.close())

    it('waits as long as the server asks for, to a minute, and not longer', async () => {
      expect(
        await waits(
          name,
          sdk,
        )([
          [429, 0, 0],
          [429, 60, 0],
          [429, 60.001, 0],
        ]),
      ).toEqual([0, 60, null])
    })

    it('waits longer each time otherwise, and never as long as everybody else', async () => {
      const many = Array.from({ length: 50 }, (): Failure => [503, null, 1])
      const seconds = await waits(name, sdk)(many)
      for (const wait of seconds) expect(wait).toBeGreaterThanOrEqual(0.5)
      for (const wait of seconds) expect(wait).toBeLessThanOrEqual(1)
      expect(new Set(seconds).size).toBeGreaterThan(10)
    })

    it('gives up what another try does not mend', async () => {
      expect(
        await waits(
          name,
          sdk,
        )([
          [400, 0, 1],
          [409, null, 1],
          [409, 1, 0],
          [409, 1, 1],
        ]),
      ).toEqual([null, null, null, 1])
    })
  },
)
