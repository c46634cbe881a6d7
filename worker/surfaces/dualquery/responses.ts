import { json } from '../../http/json-content.ts'
import { ErrorBody, ValidationErrorBody } from './schemas.ts'

/** The security of every route of this contract, in its description. */
export const SECURITY = [{ bearerAuth: [] }]

const RESPONSES = {
  400: json(ErrorBody, 'The request cannot be carried out as it is.'),
  401: json(ErrorBody, 'The token is missing, not valid or expired.'),
  404: json(ErrorBody, 'There is no such thing, or it belongs to somebody else.'),
  409: json(ErrorBody, 'Its state, or your plan, does not allow it.'),
  413: json(ErrorBody, 'It is more than your plan keeps.'),
  422: json(ValidationErrorBody, 'Fields are missing or not valid.'),
} as const

/** The failures that a route documents by their statuses, and all others. */
export const failures = (...statuses: (keyof typeof RESPONSES)[]) => ({
  ...Object.fromEntries(statuses.map((status) => [status, RESPONSES[status]] as const)),
  default: json(ErrorBody, 'Any other failure.'),
})

/** All that can go wrong where nobody asks for anything. */
export const ownMistake = { 500: json(ErrorBody, 'A mistake of ours.') } as const
