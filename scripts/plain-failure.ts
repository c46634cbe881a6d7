/** A failure that the person at the terminal can mend. The message is one plain sentence, shown without a stack. */
export class PlainFailure extends Error {
  override readonly name = 'PlainFailure'
}

/** Runs a script's main function; its result, or 1 after a failure, becomes the exit code. */
export async function runScript(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main()
  } catch (thrown) {
    process.exitCode = 1
    if (thrown instanceof PlainFailure) process.stderr.write(`${thrown.message}\n`)
    else console.error(thrown)
  }
}
