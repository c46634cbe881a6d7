/** Of tests that follow each other in a suite which happens beside others. */
export const ONE_BY_ONE = { concurrent: false }
