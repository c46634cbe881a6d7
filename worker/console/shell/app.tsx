import { useLayoutEffect } from 'preact/hooks'
import { ErrorBoundary, LocationProvider, Route, Router } from 'preact-iso'
import { CONSOLE_PAGES, CONSOLE_PATH } from '../../../shared/console/pages.ts'
import { Announcer } from '../kit/announce.tsx'
import { Dialog } from '../kit/dialog.tsx'
import { Leave } from '../session/leave.tsx'
import { account, isAdministrator, resume, signIn, standing } from '../session/session.ts'
import { SignInForm, SignInPage } from '../session/sign-in.tsx'
import { Navigation } from './navigation.tsx'
import { NotFound } from './not-found.tsx'
import { type Part, part } from './part.tsx'

/** The content of each page, by its path; loaded when it is first opened. */
const CONTENT: Readonly<Record<string, Part<object>>> = {
  '': part(() => import('../pages/chat/chat.tsx').then(({ ChatPage }) => ChatPage)),
  nodes: part(() => import('../pages/nodes/nodes.tsx').then(({ NodesPage }) => NodesPage)),
  models: part(() => import('../pages/models.tsx').then(({ ModelsPage }) => ModelsPage)),
  training: part(() => import('../pages/training/training.tsx').then(({ TrainingPage }) => TrainingPage)),
  documents: part(() =>
    import('../pages/documents/documents.tsx').then(({ DocumentsPage }) => DocumentsPage),
  ),
  datasets: part(() => import('../pages/datasets/datasets.tsx').then(({ DatasetsPage }) => DatasetsPage)),
  webhooks: part(() => import('../pages/webhooks/webhooks.tsx').then(({ WebhooksPage }) => WebhooksPage)),
  usage: part(() => import('../pages/usage/usage.tsx').then(({ UsagePage }) => UsagePage)),
  keys: part(() => import('../pages/keys.tsx').then(({ KeysPage }) => KeysPage)),
  accounts: part(() => import('../pages/accounts/accounts.tsx').then(({ AccountsPage }) => AccountsPage)),
  settings: part(() => import('../pages/settings.tsx').then(({ SettingsPage }) => SettingsPage)),
  audit: part(() => import('../pages/audit.tsx').then(({ AuditPage }) => AuditPage)),
  account: part(() => import('../pages/account/account.tsx').then(({ AccountPage }) => AccountPage)),
}

/** The code of a link that signs in once, taken out of the address before anything else can read it there. */
function takeCode(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code === null) return undefined
  history.replaceState(null, '', location.pathname + location.search)
  return code
}

async function arrive(): Promise<void> {
  const code = takeCode()
  // Whoever is signed in stays so where the link has served its turn.
  if (code !== undefined) await signIn({ code }).catch(() => resume())
  else await resume()
}

/** Loads the page that the address names, while it is being found out who is there. */
function loadNamed(): void {
  const [, named = ''] = location.pathname.slice(CONSOLE_PATH.length).split('/')
  const page = CONSOLE_PAGES.find(({ path }) => path === named)
  if (page) void CONTENT[page.path]?.preload()
}

/** Asks again over the page: what is typed below it stays. */
const SignInAgain = () => (
  <Dialog title="Your session is over">
    <p>Sign in as {account.value?.username ?? account.value?.email} to go on where you are.</p>
    <SignInForm />
    <footer>
      <Leave words="Leave" />
    </footer>
  </Dialog>
)

function Pages() {
  const pages = CONSOLE_PAGES.filter(
    ({ isForAdministrators }) => isAdministrator.value || !isForAdministrators,
  )
  return (
    <Router>
      {pages.flatMap(({ path, hasThings }) => {
        const component = CONTENT[path]
        if (!component) return []
        const at = path === '' ? CONSOLE_PATH : `${CONSOLE_PATH}/${path}`
        return [
          <Route key={path} path={at} component={component} />,
          ...(hasThings ? [<Route key={`${path}/:id`} path={`${at}/:id`} component={component} />] : []),
        ]
      })}
      <Route default component={NotFound} />
    </Router>
  )
}

/** The console: a gate until somebody is signed in, then the pages that they may see. */
export function App() {
  // Before the first picture is painted: everything else waits for it.
  useLayoutEffect(() => {
    void arrive()
    loadNamed()
  }, [])
  if (standing.value === 'unknown') return <p class="gate">Signing in…</p>
  if (standing.value === 'out') return <SignInPage />
  return (
    <LocationProvider scope={CONSOLE_PATH}>
      <a class="skip" href="#content">
        To the content
      </a>
      <div class="shell">
        <Navigation />
        <main id="content" tabIndex={-1}>
          <ErrorBoundary>
            <Pages />
          </ErrorBoundary>
        </main>
      </div>
      {standing.value === 'expired' && <SignInAgain />}
      <Announcer />
    </LocationProvider>
  )
}
