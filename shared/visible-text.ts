/**
 * The characters that a name cannot hold, as a class of a regular expression with the flag `u`: control characters (C0, DEL
 * and C1), which nobody sees, and Unicode's bidirectional embeddings, overrides and isolates (UAX #9 §2), by which one name
 * can be made to look like another. The marks that right-to-left scripts need (U+200E, U+200F) are none of them.
 */
export const HIDDEN = String.raw`\p{Cc}\u202a-\u202e\u2066-\u2069`

const anyHidden = new RegExp(`[${HIDDEN}]`, 'u')
const allHidden = new RegExp(`[${HIDDEN}]`, 'gu')

/** Whether all of a text can be seen as what it is. */
export const isVisible = (text: string): boolean => !anyHidden.test(text)

/** A text without what nobody can see. */
export const visibleOf = (text: string): string => text.replaceAll(allHidden, '')

/**
 * A character that leaves a mark by itself: no space, no control, nothing that Unicode says to leave away where it cannot be
 * shown (fillers and zero widths among them), no accent without its letter, and no empty cell of Braille.
 */
const oneSeen = /[^\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{M}\u2800]/u

/** Whether there is anything to see in a text. */
export const showsSomething = (text: string): boolean => oneSeen.test(text)
