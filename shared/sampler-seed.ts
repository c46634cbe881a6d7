/** llama.cpp takes this seed for "draw one yourself" (`LLAMA_DEFAULT_SEED`), so no answer is given it. */
export const RANDOM_SEED = 0xffff_ffff

/** Stands in its place: no neighbour of it, or two choices of one prompt could share a stream. */
const INSTEAD = 0x9e37_79b1

/** A seed of 32 bits as llama.cpp is given it. */
export const samplerSeed = (bits: number): number => (bits === RANDOM_SEED ? INSTEAD : bits)
