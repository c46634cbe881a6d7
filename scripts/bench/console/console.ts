import type { Bench } from '../bench.ts'
import { consoleFiles } from './files.ts'
import { consoleNodes } from './nodes.ts'
import { consoleSdk } from './sdk.ts'
import { consoleStart } from './start.ts'
import { consoleMemory } from './streaming.ts'
import { consoleTalk } from './talk.ts'

/** The console as a person feels it, the SDKs, and the first two minutes; chosen as a whole, or one by one. */
export const consoleBenches: readonly Bench[] = [
  ...[consoleFiles, consoleTalk, consoleNodes, consoleSdk, consoleStart, consoleMemory],
]
