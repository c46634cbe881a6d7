import { expect, it } from 'vitest'
import {
  DRAWN_AT_MOST,
  DRAWN_AT_ONCE,
  firstDrawn,
  letGo,
} from '../../../../../worker/console/pages/chat/first-drawn.ts'

const turns = (count: number) => Array.from({ length: count }, () => ({ text: 'said' }))

it('draws a short talk at once, and of a long one its end', () => {
  expect(firstDrawn([], undefined)).toBe(0)
  expect(firstDrawn(turns(DRAWN_AT_ONCE), undefined)).toBe(0)
  expect(firstDrawn(turns(DRAWN_AT_ONCE + 1), undefined)).toBe(1)
})

it('goes on from the turn that was drawn first, whatever has come before and behind it', () => {
  const drawn = turns(30)
  expect(firstDrawn([...turns(50), ...drawn, ...turns(2)], drawn[0])).toBe(50)
})

it('begins at the end of another talk', () => {
  const [gone] = turns(1)
  expect(firstDrawn(turns(50), gone)).toBe(50 - DRAWN_AT_ONCE)
})

it('lets go of what is far above the end, a few turns at a time', () => {
  const most = DRAWN_AT_MOST + DRAWN_AT_ONCE
  expect(letGo(most, 0)).toBe(0)
  expect(letGo(most + 1, 0)).toBe(most + 1 - DRAWN_AT_MOST)
  expect(letGo(500, 500 - most)).toBe(500 - most)
})
