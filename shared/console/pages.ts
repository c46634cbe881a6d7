/** Where the console stands. */
export const CONSOLE_PATH = '/console'

/** A page of the console, and whom it is for. */
export interface ConsolePage {
  /** Behind `CONSOLE_PATH`; the empty one is where a person arrives. */
  path: string
  title: string
  isForAdministrators: boolean
  /** Whether a path below it names one of its things: `/chat/<id>`. */
  hasThings: boolean
}

const page = (path: string, title: string, more: Partial<ConsolePage> = {}): ConsolePage => ({
  path,
  title,
  isForAdministrators: false,
  hasThings: false,
  ...more,
})

/** The pages in the order in which they are shown. The edge answers any other path below the console with 404. */
export const CONSOLE_PAGES: readonly ConsolePage[] = [
  page('', 'Chat'),
  page('nodes', 'Nodes', { isForAdministrators: true }),
  page('models', 'Models'),
  page('training', 'Training', { hasThings: true }),
  page('documents', 'Documents'),
  page('datasets', 'Datasets', { hasThings: true }),
  page('webhooks', 'Webhooks', { hasThings: true }),
  page('usage', 'Usage'),
  page('keys', 'Keys'),
  page('accounts', 'Accounts', { isForAdministrators: true }),
  page('settings', 'Settings', { isForAdministrators: true }),
  page('audit', 'Audit', { isForAdministrators: true }),
  page('account', 'Account'),
]

/** Whether the console has a page at a path of the edge. */
export function isConsolePage(path: string): boolean {
  if (path === CONSOLE_PATH) return true
  if (!path.startsWith(`${CONSOLE_PATH}/`)) return false
  const [name = '', thing, ...more] = path.slice(CONSOLE_PATH.length + 1).split('/')
  const found = CONSOLE_PAGES.find((known) => known.path === name)
  return found !== undefined && more.length === 0 && (thing === undefined || found.hasThings)
}
