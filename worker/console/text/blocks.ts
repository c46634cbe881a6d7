import { Lexer } from 'marked'

/** A part of a text that is drawn by itself. */
export interface Block {
  kind: 'text' | 'code'
  /** As it was written; of code, what is between its fences. */
  text: string
  language: string
  /** More of it may come. */
  isOpen: boolean
}

const FENCE = /^ {0,3}(`{3,}|~{3,})([^\n`]*)\n/

/** Where the code of an open fence ends; undefined while it goes on. */
function endOfFence(text: string, fence: string): { at: number; behind: number } | undefined {
  const closing = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}[ \\t]*$`, 'm')
  const found = closing.exec(text)
  return found ? { at: found.index, behind: found.index + found[0].length } : undefined
}

/**
 * A text that grows at its end, in blocks. Those that nothing can change any more are kept, so that a piece costs as much as the
 * block that it is added to, however long the text before it is.
 */
export class GrowingText {
  #done: Block[] = []
  #taken = ''
  #tail = ''

  /** The blocks of the text. One that does not begin like the text before begins anew. */
  blocksOf(whole: string, isOver: boolean): readonly Block[] {
    const text = whole.includes('\r') ? whole.replaceAll(/\r\n?/g, '\n') : whole
    if (!text.startsWith(this.#taken)) {
      this.#done = []
      this.#taken = ''
    }
    this.#tail = text.slice(this.#taken.length)
    while (this.#takeSome()) {}
    if (this.#tail.trim() === '') return this.#done
    const last = this.#last()
    return [...this.#done, { ...last, isOpen: !isOver }]
  }

  #take(length: number, block: Omit<Block, 'isOpen'> | undefined): void {
    if (block) this.#done = [...this.#done, { ...block, isOpen: false }]
    this.#taken += this.#tail.slice(0, length)
    this.#tail = this.#tail.slice(length)
  }

  /** Takes what stands first, as far as what comes cannot change it. */
  #takeSome(): boolean {
    const fence = FENCE.exec(this.#tail)
    if (fence) {
      const [head, sign = '', info = ''] = fence
      const code = this.#tail.slice(head.length)
      const end = endOfFence(code, sign)
      // A closing line may still go on.
      if (!end || end.behind === code.length) return false
      const text = code.slice(0, Math.max(0, end.at - 1))
      this.#take(head.length + end.behind + 1, {
        kind: 'code',
        text,
        language: info.trim().split(/\s/)[0] ?? '',
      })
      return true
    }
    const tokens = new Lexer().blockTokens(this.#tail)
    // More of the last one may come.
    const last = tokens.findLastIndex(({ type }) => type !== 'space')
    let isTaken = false
    for (const [at, { type, raw }] of tokens.entries()) {
      const isOpen = type !== 'space' && at >= last
      // Code is taken by its fence.
      if (isOpen || raw === '' || FENCE.test(this.#tail)) break
      this.#take(raw.length, type === 'space' ? undefined : { kind: 'text', text: raw, language: '' })
      isTaken = true
    }
    return isTaken
  }

  #last(): Block {
    const fence = FENCE.exec(this.#tail)
    if (!fence) return { kind: 'text', text: this.#tail, language: '', isOpen: true }
    const [head, sign = '', info = ''] = fence
    const code = this.#tail.slice(head.length)
    const end = endOfFence(code, sign)
    const text = end ? code.slice(0, Math.max(0, end.at - 1)) : code
    return { kind: 'code', text, language: info.trim().split(/\s/)[0] ?? '', isOpen: true }
  }
}
