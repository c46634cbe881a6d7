const ASCII_END = 0x80
const CONTINUATION = [0x80, 0xbf] as const

/** The bytes that may follow a first byte: the others of RFC 3629 §4 take every continuation. */
const SECOND = new Map<number, readonly [low: number, high: number]>([
  [0xe0, [0xa0, 0xbf]],
  [0xed, [0x80, 0x9f]],
  [0xf0, [0x90, 0xbf]],
  [0xf4, [0x80, 0x8f]],
])

function promisedLength(first: number): number {
  if (first < ASCII_END) return 1
  if (first < 0xc2 || first > 0xf4) return 0
  if (first < 0xe0) return 2
  return first < 0xf0 ? 3 : 4
}

/** Bytes of the UTF-8 character that begins at an index: 0 where none does, undefined where the bytes end within one. */
export function characterLength(bytes: Uint8Array, at: number): number | undefined {
  const first = bytes[at] ?? 0
  const length = promisedLength(first)
  for (let offset = 1; offset < length; offset += 1) {
    const byte = bytes[at + offset]
    if (byte === undefined) return undefined
    const [low, high] = (offset === 1 && SECOND.get(first)) || CONTINUATION
    if (byte < low || byte > high) return 0
  }
  return length
}

/** How many of the bytes come before a character that they end within. */
export function wholeLength(bytes: Uint8Array): number {
  for (let at = bytes.length - 1; at >= Math.max(0, bytes.length - 3); at -= 1) {
    const byte = bytes[at] ?? 0
    if (byte < ASCII_END) break
    if (characterLength(bytes, at) === undefined) return at
  }
  return bytes.length
}

/** Where bytes stop being UTF-8; their length where they do not. */
export function firstFault(bytes: Uint8Array): number {
  let at = 0
  while (at < bytes.length) {
    const length = characterLength(bytes, at)
    if (!length) return at
    at += length
  }
  return at
}

/** How many characters beyond ASCII bytes hold, and how many bytes that begin none. */
export function countBeyondAscii(bytes: Uint8Array): { characters: number; faults: number } {
  let [characters, faults] = [0, 0]
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at)
    if (!length) faults += 1
    else if (length > 1) characters += 1
    at += length || 1
  }
  return { characters, faults }
}
