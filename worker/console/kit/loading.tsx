import type { ComponentChildren } from 'preact'
import type { Loaded } from './load.ts'
import { Problem } from './problem.tsx'

/** Shows what was fetched; a failure stands above what was fetched before. */
export function Loading<Value>({
  of,
  children,
}: {
  of: Loaded<Value>
  children: (value: Value) => ComponentChildren
}) {
  const { value, failure, isLoading, again } = of
  return (
    <>
      <Problem failure={failure.value} again={() => void again()} />
      {value.value !== undefined
        ? children(value.value)
        : isLoading.value && (
            <p class="muted" aria-busy="true">
              Loading…
            </p>
          )}
    </>
  )
}
