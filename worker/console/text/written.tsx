import { useSignal } from '@preact/signals'
import { memo } from 'preact/compat'
import { useMemo } from 'preact/hooks'
import { Copy } from '../kit/copy.tsx'
import { count } from '../kit/format.ts'
import { type Block, GrowingText } from './blocks.ts'
import { colouredCode, markupOf, straight } from './markdown.ts'

/** Longer texts are shown a portion at a time, as they are. */
export const MAX_SHOWN_LENGTH = 200_000
const PORTION = 20_000

/** A text too long for the page, a portion at a time. */
function LongText({ text }: { text: string }) {
  const shown = useSignal(PORTION)
  const left = text.length - shown.value
  return (
    <div>
      <pre class="plain">{text.slice(0, shown.value)}</pre>
      {left > 0 && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            shown.value += PORTION
          }}
        >
          Show more ({count(left)} characters are left)
        </button>
      )}
    </div>
  )
}

const TextBlock = memo(({ text }: { text: string }) => {
  const markup = markupOf(text)
  if (markup === undefined) return <LongText text={text} />
  // Sanitised by the one policy that the page admits; Preact hands the object on as it is.
  return <div class="block" dir="auto" dangerouslySetInnerHTML={{ __html: markup as unknown as string }} />
})

const CodeBlock = memo(({ text, language, isOpen }: Omit<Block, 'kind'>) => {
  // Coloured when it is whole: until then, each piece would colour all of it again.
  const markup = isOpen ? undefined : colouredCode(text, language)
  return (
    <figure class="block code">
      <figcaption>
        <span>{language === '' ? 'code' : language}</span>
        {!isOpen && <Copy text={text} label="Copy code" />}
      </figcaption>
      <pre>
        {markup ? (
          <code dangerouslySetInnerHTML={{ __html: markup as unknown as string }} />
        ) : (
          <code>{text}</code>
        )}
      </pre>
    </figure>
  )
})

interface WrittenProps {
  text: string
  /** More of it comes. */
  isGrowing?: boolean
}

/** Text that somebody wrote, with the form that Markdown gives it. Of a text that grows, its last block alone is drawn again. */
export const Written = memo(({ text, isGrowing = false }: WrittenProps) => {
  const growing = useMemo(() => new GrowingText(), [])
  if (text.length > MAX_SHOWN_LENGTH) {
    return (
      <div class="written">
        <LongText text={straight(text)} />
      </div>
    )
  }
  return (
    <div class="written">
      {growing
        .blocksOf(straight(text), !isGrowing)
        .map(({ kind, ...block }, at) =>
          kind === 'code' ? <CodeBlock key={at} {...block} /> : <TextBlock key={at} text={block.text} />,
        )}
    </div>
  )
})
