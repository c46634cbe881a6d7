const KEY = 'switchyard.theme'

const systemTheme = () => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')

/** Draws the page in a theme; without one, in that of the system. */
const apply = (theme: string | null): void => {
  document.documentElement.style.colorScheme = theme ?? 'light dark'
}

/** Draws the page as its reader chose last. */
export const applyTheme = (): void => apply(localStorage.getItem(KEY))

/** Turns light into dark and back, in this browser. */
export function toggleTheme(): void {
  const next = (localStorage.getItem(KEY) ?? systemTheme()) === 'dark' ? 'light' : 'dark'
  localStorage.setItem(KEY, next)
  apply(next)
}
