import { type ParseArgsConfig, parseArgs } from 'node:util'
import { PlainFailure } from './plain-failure.ts'

/** `parseArgs`, whose complaint becomes a `PlainFailure` that names the flag and `command`, as a person types it. */
export function parseFlags<T extends ParseArgsConfig>(
  command: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown
    // What follows the first sentence is advice on positional arguments, which nobody asked for.
    const [complaint] = thrown.message.split(/\.\s/)
    throw new PlainFailure(`${complaint}: see ${command} -- --help.`)
  }
}
