import { json } from '../../http/json-content.ts'
import { ErrorBody, LimitErrorBody, ValidationErrorBody } from './schemas.ts'

export const SECURITY = [{ bearerAuth: [] }]

const RESPONSES = {
  401: json(ErrorBody, 'The token is missing, not valid or expired.'),
  403: json(ErrorBody, 'The caller may not do this.'),
  404: json(ErrorBody, 'There is no such thing of the caller.'),
  409: json(ErrorBody, 'It is in conflict with what is there.'),
  412: json(ErrorBody, 'It is not as the request asks for it.'),
  413: json(ErrorBody, 'The file is larger than 5 MB, or than what your plan has left.'),
  416: json(ErrorBody, 'The file has none of the range.'),
  422: json(ValidationErrorBody, 'Fields are missing or not valid.'),
} as const

/** The failures that a route documents by their statuses, and those that each of them can have. */
export const failures = (...statuses: (keyof typeof RESPONSES)[]) => ({
  ...Object.fromEntries(statuses.map((status) => [status, RESPONSES[status]] as const)),
  429: json(LimitErrorBody, 'Too many requests from this address.'),
  default: json(ErrorBody, 'Any other failure.'),
})

/** All that can go wrong where nobody asks for anything, and as often as they like. */
export const ownMistake = { 500: json(ErrorBody, 'A mistake of ours.') } as const

/** A time as this contract writes it: to the second. */
export const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
