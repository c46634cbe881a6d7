/** The form of a model in parts: the first one names the others. */
const PART = /-00001-of-(\d{5})\.gguf$/

/** The names of all files of a model: itself, or those that its first part names. */
export function partsOf(path: string): string[] {
  const count = Number(PART.exec(path)?.[1] ?? 1)
  if (count === 1) return [path]
  const width = '00001'.length
  return Array.from({ length: count }, (_, index) =>
    path.replace(
      PART,
      `-${String(index + 1).padStart(width, '0')}-of-${String(count).padStart(width, '0')}.gguf`,
    ),
  )
}
