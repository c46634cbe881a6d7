import { getResolvedPDFJS } from 'unpdf'
import type { Page } from '../pdf/open-pdf.ts'

/** A picture of a page, as the formats of Netpbm have it: every program that reads pictures reads these. */
export type NetpbmFile = Uint8Array

/** Smaller ones are signs and lines. */
const MIN_SIDE = 64

/** More than a page of A4 at 300 dots per inch tells nothing more; larger ones are halved. */
const MAX_PIXELS = 12_000_000

/** pdf.js's kind of a picture with eight pixels in a byte. */
const ONE_BIT = 1

interface Picture {
  width: number
  height: number
  data: Uint8Array | Uint8ClampedArray
  kind?: number
}

const isPicture = (value: unknown): value is Picture =>
  typeof value === 'object' &&
  value !== null &&
  'data' in value &&
  ArrayBuffer.isView(value.data) &&
  'width' in value &&
  'height' in value &&
  Number(value.width) >= MIN_SIDE &&
  Number(value.height) >= MIN_SIDE

/** Grey, a byte for each pixel. */
function greyOf({ width, height, data, kind }: Picture): Uint8Array | undefined {
  const pixels = width * height
  const grey = new Uint8Array(pixels)
  const rowBytes = Math.ceil(width / 8)
  if (kind === ONE_BIT || data.length === rowBytes * height) {
    for (let at = 0; at < pixels; at += 1) {
      const [x, y] = [at % width, Math.floor(at / width)]
      const byte = data[y * rowBytes + (x >> 3)] ?? 0
      grey[at] = byte & (0x80 >> (x & 7)) ? 255 : 0
    }
    return grey
  }
  const channels = data.length / pixels
  if (channels === 1) return new Uint8Array(data)
  if (channels !== 3 && channels !== 4) return undefined
  for (let at = 0; at < pixels; at += 1) {
    const from = at * channels
    const [red = 0, green = 0, blue = 0] = [data[from], data[from + 1], data[from + 2]]
    grey[at] = (red * 299 + green * 587 + blue * 114) / 1_000
  }
  return grey
}

/** Half as wide and half as high: each pixel the mean of four. */
function halved(grey: Uint8Array, width: number, height: number): Uint8Array {
  const [w, h] = [width >> 1, height >> 1]
  const half = new Uint8Array(w * h)
  for (let y = 0; y < h; y += 1)
    for (let x = 0; x < w; x += 1) {
      const at = y * 2 * width + x * 2
      const sum =
        (grey[at] ?? 0) + (grey[at + 1] ?? 0) + (grey[at + width] ?? 0) + (grey[at + width + 1] ?? 0)
      half[y * w + x] = sum >> 2
    }
  return half
}

function netpbmOf(picture: Picture): NetpbmFile | undefined {
  let grey = greyOf(picture)
  let { width, height } = picture
  while (grey && width * height > MAX_PIXELS) {
    grey = halved(grey, width, height)
    width >>= 1
    height >>= 1
  }
  if (!grey) return undefined
  const header = new TextEncoder().encode(`P5\n${width} ${height}\n255\n`)
  const file = new Uint8Array(header.length + grey.length)
  file.set(header)
  file.set(grey, header.length)
  return file
}

/** The pictures on a page, in the order in which they are drawn. */
export async function picturesOf(page: Page): Promise<NetpbmFile[]> {
  const { OPS } = await getResolvedPDFJS()
  const { fnArray, argsArray } = await page.getOperatorList()
  const found: NetpbmFile[] = []
  for (const [index, operation] of fnArray.entries()) {
    if (operation !== OPS.paintImageXObject && operation !== OPS.paintImageMaskXObject) continue
    const picture = await drawnBy(page, argsArray[index]?.[0])
    const file = picture && netpbmOf(picture)
    if (file) found.push(file)
  }
  return found
}

/** The picture that an operation draws: itself, or the name under which it is kept. */
async function drawnBy(page: Page, drawn: unknown): Promise<Picture | undefined> {
  const isMask =
    typeof drawn === 'object' && drawn !== null && 'data' in drawn && typeof drawn.data === 'string'
  const name = isMask ? drawn.data : drawn
  if (typeof name !== 'string') return isPicture(drawn) ? drawn : undefined
  const objects = name.startsWith('g_') ? page.commonObjs : page.objs
  const kept = await new Promise<unknown>((resolve) => objects.get(name, resolve))
  return isPicture(kept) ? kept : undefined
}
