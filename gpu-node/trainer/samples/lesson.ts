import type { Sample } from '../training/window.ts'

/** The unit that is learned from at once: a text, or two answers of which the first is preferred. */
export interface Lesson {
  sample: Sample
  rejected?: Sample
}

/** Lessons by their places. A list of them is one. */
export interface Lessons {
  readonly length: number
  at(place: number): Lesson | undefined
}

/** Some of them, in an order of their own. */
export function chosen(lessons: Lessons, places: readonly number[]): Lessons {
  return {
    length: places.length,
    at: (place) => {
      const own = places[place]
      return own === undefined ? undefined : lessons.at(own)
    },
  }
}

/** Those of one behind those of another. */
export const joined = (first: Lessons, second: Lessons): Lessons => ({
  length: first.length + second.length,
  at: (place) => (place < first.length ? first.at(place) : second.at(place - first.length)),
})

export const placesOf = ({ length }: Lessons): number[] => Array.from({ length }, (_, place) => place)
