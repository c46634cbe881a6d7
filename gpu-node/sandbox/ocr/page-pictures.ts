import { PDFiumLibrary } from '@hyzyla/pdfium'

/** A picture of a page, as the formats of Netpbm have it: every program that reads pictures reads these. */
export type NetpbmFile = Uint8Array

/** Pixels of an inch: what readers of letters are made for. */
export const PICTURE_DPI = 300
const POINTS_OF_AN_INCH = 72

/** A page of A4 at that size; a larger one, as plans are, has a coarser picture. Readers take forty bytes for each pixel. */
export const MAX_PIXELS = 9_000_000

/** Draws the pages of a PDF. */
export interface PagePictures {
  /** As a person sees it, in greys; undefined where there is no such page, or nothing can be drawn of it. */
  of(number: number): Promise<NetpbmFile | undefined>
}

/** A PDF whose pages are to be drawn. Throws for one that the library cannot open. */
export async function openPagePictures(file: Uint8Array, wasmBinary: ArrayBuffer): Promise<PagePictures> {
  const library = await PDFiumLibrary.init({ wasmBinary })
  const pdf = await library.loadDocument(file)
  return {
    async of(number) {
      if (number > pdf.getPageCount()) return undefined
      const page = pdf.getPage(number - 1)
      const { originalWidth, originalHeight } = page.getOriginalSize()
      const scale = scaleOf(originalWidth, originalHeight)
      if (scale === undefined) return undefined
      const { width, height, data } = await page.render({ scale, colorSpace: 'Gray', render: 'bitmap' })
      const header = new TextEncoder().encode(`P5\n${width} ${height}\n255\n`)
      const picture = new Uint8Array(header.length + data.length)
      picture.set(header)
      picture.set(data, header.length)
      return picture
    },
  }
}

/** Pixels of a point; undefined for a page without an area. */
export function scaleOf(width: number, height: number): number | undefined {
  const wanted = PICTURE_DPI / POINTS_OF_AN_INCH
  const scale = Math.min(wanted, Math.sqrt(MAX_PIXELS / (width * height)))
  return width * scale >= 1 && height * scale >= 1 ? scale : undefined
}
