import 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where `key-server.ts` listens, without a slash at its end. */
    keyServer: string
    /** Where `search-servers.ts` listens, without a slash at its end. */
    searchServer: string
    /** Where `shared-stack.ts` tells the address of its edge. */
    sharedStack: string
    /** Where `shared-browser.ts` tells the address of its browser. */
    sharedBrowser: string
    /** Where random cases begin, a whole number. */
    propertySeed: number
    isLongRun: boolean
    /** Whether tests of the edge print what it logs without a fault. */
    showsLogs: boolean
  }
}
