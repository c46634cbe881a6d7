/** A calculation without a result, with the reason in one sentence for whoever asked. */
export class NoResult extends Error {}
