import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// Loaded before an engine process whose memory is measured (`node --import`): what nobody holds any more is let go of when
// the bench says so, and not when V8 finds the time. Otherwise a collection in the middle of a run hides what grows.

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void // V8 gives it to contexts that are made after the flag

/** At once; native parts follow in the next turns of the event loop. */
export const collectGarbage = (): void => collect()

/** Windows knows no such signal, and would end the process. */
export const COLLECT_SIGNAL = process.platform === 'win32' ? undefined : 'SIGUSR2'

if (COLLECT_SIGNAL) process.on(COLLECT_SIGNAL, collectGarbage)
