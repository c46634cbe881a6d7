import { useLocation } from 'preact-iso'
import { CONSOLE_PAGES, CONSOLE_PATH } from '../../../shared/console/pages.ts'
import { Leave } from '../session/leave.tsx'
import { account, isAdministrator } from '../session/session.ts'
import { toggleTheme } from './theme.ts'

/** The pages that the one who is signed in may see, and the way out. */
export function Navigation() {
  const { path } = useLocation()
  const pages = CONSOLE_PAGES.filter(
    ({ isForAdministrators }) => isAdministrator.value || !isForAdministrators,
  )
  const isHere = (page: string) => {
    const own = page === '' ? CONSOLE_PATH : `${CONSOLE_PATH}/${page}`
    const at = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
    return at === own || (page !== '' && at.startsWith(`${own}/`))
  }
  return (
    <nav aria-label="Pages">
      <strong class="brand">Switchyard</strong>
      <ul>
        {pages.map(({ path: page, title }) => (
          <li key={page}>
            <a href={`${CONSOLE_PATH}/${page}`} aria-current={isHere(page) ? 'page' : undefined}>
              {title}
            </a>
          </li>
        ))}
      </ul>
      <div class="who">
        <span>{account.value?.username ?? account.value?.email ?? account.value?.name}</span>
        <button type="button" class="quiet" onClick={toggleTheme}>
          Light or dark
        </button>
        <Leave words="Sign out" />
      </div>
    </nav>
  )
}
