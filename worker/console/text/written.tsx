import { memo } from 'preact/compat'
import { markupOf } from './markdown.ts'

interface WrittenProps {
  text: string
}

/** Text that somebody wrote, with the form that Markdown gives it. Drawn again only when it changes. */
export const Written = memo(({ text }: WrittenProps) => {
  const markup = markupOf(text)
  if (markup === undefined) return <pre class="written">{text}</pre>
  // Sanitised by the one policy that the page admits; Preact hands the object on as it is.
  return <div class="written" dir="auto" dangerouslySetInnerHTML={{ __html: markup as unknown as string }} />
})
