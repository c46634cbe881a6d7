export const DAY_SECONDS = 24 * 60 * 60
export const HOUR_MS = 60 * 60 * 1_000
export const DAY_MS = DAY_SECONDS * 1_000

/** The bytes of a mebibyte. */
export const MIB = 1024 * 1024

/** The bytes of a gibibyte. */
export const GIB = 1024 * MIB
