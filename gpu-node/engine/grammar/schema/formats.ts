/**
 * The formats that are asserted, as ECMA-262 expressions (JSON Schema 2020-12 validation §7.3). A grammar generates, so
 * where a format has several spellings of one thing the usual one is enough, and every length is bounded.
 */

const DIGIT_PAIR = '[0-9]{2}'
const LONG_MONTH_DAY = '(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])'
const SHORT_MONTH_DAY = '(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)'
const FEBRUARY_DAY = '02-(?:0[1-9]|1[0-9]|2[0-8])'
const LEAP_YEAR = `(?:${DIGIT_PAIR}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)`
/** RFC 3339 §5.6 full-date, with the days that each month has (§5.7). */
const DATE = `(?:[0-9]{4}-(?:${LONG_MONTH_DAY}|${SHORT_MONTH_DAY}|${FEBRUARY_DAY})|${LEAP_YEAR}-02-29)`
/** RFC 3339 §5.6 full-time, in upper case and without leap seconds. */
const HOUR_MINUTE = '(?:[01][0-9]|2[0-3]):[0-5][0-9]'
const TIME = `${HOUR_MINUTE}:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+-]${HOUR_MINUTE})`

const COUNT = '[0-9]{1,9}'
const DURATION_SECOND = `${COUNT}S`
const DURATION_MINUTE = `${COUNT}M(?:${DURATION_SECOND})?`
const DURATION_HOUR = `${COUNT}H(?:${DURATION_MINUTE})?`
const DURATION_TIME = `T(?:${DURATION_HOUR}|${DURATION_MINUTE}|${DURATION_SECOND})`
const DURATION_DAY = `${COUNT}D`
const DURATION_MONTH = `${COUNT}M(?:${DURATION_DAY})?`
const DURATION_YEAR = `${COUNT}Y(?:${DURATION_MONTH})?`
/** RFC 3339 appendix A. */
const DURATION = `P(?:(?:${DURATION_DAY}|${DURATION_MONTH}|${DURATION_YEAR})(?:${DURATION_TIME})?|${DURATION_TIME}|${COUNT}W)`

/** RFC 1123 §2.1. 8 labels of 30 characters stay within the 253 of a whole name, where labels of 63 would need counting. */
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,28}[A-Za-z0-9])?'
const HOSTNAME = `${LABEL}(?:\\.${LABEL}){0,7}`
/** A host name with a dot: validators such as ajv-formats take no other behind the `@`. */
const MAIL_DOMAIN = `${LABEL}(?:\\.${LABEL}){1,7}`

/** RFC 5322 §3.2.3 dot-atom, as in RFC 5321 §4.1.2 without quoted strings and address literals. */
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}"
const EMAIL = `${ATOM}(?:\\.${ATOM}){0,2}@${MAIL_DOMAIN}`

/** RFC 2673 §3.2: no leading zeros. */
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`

/** RFC 3986 appendix A, IPv6address: "::" stands for at least one group. */
const GROUP = '[0-9A-Fa-f]{1,4}'
const LAST_32_BITS = `(?:${GROUP}:${GROUP}|${IPV4})`
const IPV6 = [
  `(?:${GROUP}:){6}${LAST_32_BITS}`,
  `::(?:${GROUP}:){5}${LAST_32_BITS}`,
  `(?:${GROUP})?::(?:${GROUP}:){4}${LAST_32_BITS}`,
  `(?:(?:${GROUP}:){0,1}${GROUP})?::(?:${GROUP}:){3}${LAST_32_BITS}`,
  `(?:(?:${GROUP}:){0,2}${GROUP})?::(?:${GROUP}:){2}${LAST_32_BITS}`,
  `(?:(?:${GROUP}:){0,3}${GROUP})?::${GROUP}:${LAST_32_BITS}`,
  `(?:(?:${GROUP}:){0,4}${GROUP})?::${LAST_32_BITS}`,
  `(?:(?:${GROUP}:){0,5}${GROUP})?::${GROUP}`,
  `(?:(?:${GROUP}:){0,6}${GROUP})?::`,
].join('|')

/** RFC 4122 §3, either case. */
const UUID = '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}'

/**
 * RFC 3986 appendix A, without IP literals in brackets and without `path-empty` behind a scheme: `mailto:` names
 * nothing, and validators such as ajv-formats refuse it.
 */
const ESCAPED = '%[0-9A-Fa-f]{2}'
const PLAIN = "A-Za-z0-9._~!$&'()*+,;=\\-"
const PATH_CHARACTER = `(?:[${PLAIN}:@]|${ESCAPED})`
const SEGMENTS = `(?:/${PATH_CHARACTER}*)*`
const AUTHORITY = `(?:(?:[${PLAIN}:]|${ESCAPED})*@)?(?:[${PLAIN}]|${ESCAPED})*(?::[0-9]*)?`
const QUERY = `(?:\\?(?:${PATH_CHARACTER}|[/?])*)?(?:#(?:${PATH_CHARACTER}|[/?])*)?`
const URI = `[A-Za-z][A-Za-z0-9+.-]*:(?://${AUTHORITY}${SEGMENTS}|/(?:${PATH_CHARACTER}+${SEGMENTS})?|${PATH_CHARACTER}+${SEGMENTS})${QUERY}`
const FIRST_SEGMENT = `(?:[${PLAIN}@]|${ESCAPED})+`
const RELATIVE = `(?://${AUTHORITY}${SEGMENTS}|/(?:${PATH_CHARACTER}+${SEGMENTS})?|${FIRST_SEGMENT}${SEGMENTS})?${QUERY}`

/** RFC 6901 §3. */
const JSON_POINTER = '(?:/(?:[^~/]|~[01])*)*'

export const FORMATS: Readonly<Record<string, string>> = {
  date: DATE,
  time: TIME,
  'date-time': `${DATE}T${TIME}`,
  duration: DURATION,
  hostname: HOSTNAME,
  email: EMAIL,
  ipv4: IPV4,
  ipv6: IPV6,
  uuid: UUID,
  uri: URI,
  'uri-reference': `${URI}|${RELATIVE}`,
  'json-pointer': JSON_POINTER,
  'relative-json-pointer': `(?:0|[1-9][0-9]{0,8})(?:#|${JSON_POINTER})`,
}
