import type { CallRule } from '../agent-tools/toolbox.ts'
import { isObject } from '../merge-patch.ts'

/** The tool that reads addresses. */
const FETCHES = 'fetch_url'

/** Marks behind an address that belong to the sentence around it. */
const SENTENCE_MARKS = /[.,;:!?)\]}>'"»”’]+$/

/** The whole addresses in a text, each with and without the marks of the sentence around it: the beginning of one is none. */
function addressesIn(text: string): Set<string> {
  const found = text.match(/https?:\/\/[^\s<"]+/gi) ?? []
  return new Set(found.flatMap((address) => [address, address.replace(SENTENCE_MARKS, '')]))
}

/** Tools that stand for somebody else's machine, and do not say that they change nothing, take a person's word each time. */
export const strangersNeedApproval: CallRule = ({ name, needsApproval }, _args, { isApproved }) =>
  needsApproval && !isApproved
    ? {
        code: 'needs_approval',
        message: `${name} may change something at its server: a person has to approve it.`,
      }
    : undefined

/** Changing something after strangers were read takes a person's word: they may have asked for it, and not the user. */
export const changesNeedApproval: CallRule = ({ name, effect }, _args, { isTainted, isApproved }) =>
  effect === 'changes' && isTainted && !isApproved
    ? {
        code: 'needs_approval',
        message: `${name} changes something, and this run has read text from outside: a person has to approve it.`,
      }
    : undefined

/**
 * After strangers were read, only addresses are fetched that the user has written, or that a search has found: one that a page
 * has put together could carry away what the run knows.
 */
export const onlyKnownAddresses: CallRule = ({ name }, args, { isTainted, userWords, foundAddresses }) => {
  if (name !== FETCHES || !isTainted) return undefined
  const url = isObject(args) && typeof args.url === 'string' ? args.url : ''
  if (addressesIn(userWords).has(url) || foundAddresses.includes(url)) return undefined
  return {
    code: 'not_offered',
    message:
      'Since text from outside was read, only addresses are fetched that the user wrote or that a search found.',
  }
}

export const TRUST_RULES: readonly CallRule[] = [
  strangersNeedApproval,
  changesNeedApproval,
  onlyKnownAddresses,
]
