/** Items parted by commas, however they are broken into lines. */
export const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

/** Items of a line each. */
export const lines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((item) => item.trim())
    .filter((item) => item !== '')
