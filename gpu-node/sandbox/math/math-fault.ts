/** A calculation without a result, with the reason in one sentence for whoever asked. */
export class NoResult extends Error {}

/** The same where another algebra may find a result. */
export class NotFound extends NoResult {}
