import { env } from 'cloudflare:workers'
import { createDb } from '../../worker/db/client.ts'

const sizeOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length

/** The test's database, which says how many bytes its answers had. */
export function countedDb() {
  let bytes = 0
  const counted = <Value extends object>(target: Value): Value =>
    new Proxy(target, {
      get(object, name) {
        const value: unknown = Reflect.get(object, name)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => {
          const result: unknown = Reflect.apply(value, object, given)
          if (!(result instanceof Promise)) return counted(result as object) // a statement, which is asked later
          return result.then((answer: unknown) => {
            bytes += sizeOf(answer)
            return answer
          })
        }
      },
    })
  return {
    db: createDb(counted(env.DB)),
    /** The bytes that came while `work` was done. */
    async bytesOf(work: () => Promise<unknown>): Promise<number> {
      const before = bytes
      await work()
      return bytes - before
    },
  }
}
