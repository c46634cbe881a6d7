import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'

interface PageProps {
  title: string
  /** Buttons beside the title. */
  actions?: ComponentChildren
  children: ComponentChildren
}

/** The frame of a page: names the document after it, too. */
export function Page({ title, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Switchyard`
  }, [title])
  return (
    <article class="page">
      <header>
        <h1>{title}</h1>
        {actions}
      </header>
      {children}
    </article>
  )
}
