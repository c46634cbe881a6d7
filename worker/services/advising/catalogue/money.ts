const CURRENCIES = new Set(Intl.supportedValuesOf('currency'))

/** Whether a text is a currency of ISO 4217 in capitals. */
export const isCurrency = (code: string): boolean => CURRENCIES.has(code)

/** The day of the rates below: the reference rates of the European Central Bank. */
export const RATES_DATE = '2024-01-19'

/** Units of a currency for one euro. */
const PER_EURO: ReadonlyMap<string, number> = new Map(
  Object.entries({
    EUR: 1,
    USD: 1.0887,
    JPY: 161.17,
    BGN: 1.9558,
    CZK: 24.813,
    DKK: 7.4575,
    GBP: 0.85825,
    HUF: 381.53,
    PLN: 4.3618,
    RON: 4.9776,
    SEK: 11.38,
    CHF: 0.9459,
    ISK: 148.9,
    NOK: 11.41,
    TRY: 32.8706,
    AUD: 1.65,
    BRL: 5.3444,
    CAD: 1.4656,
    CNY: 7.8291,
    HKD: 8.5128,
    IDR: 16991.83,
    ILS: 4.0721,
    INR: 90.4485,
    KRW: 1451.99,
    MXN: 18.6494,
    MYR: 5.1359,
    NZD: 1.7798,
    PHP: 60.956,
    SGD: 1.4599,
    THB: 38.605,
    ZAR: 20.6892,
  }),
)

/** Whether sums of a currency can be converted. */
export const hasRate = (currency: string): boolean => PER_EURO.has(currency)

/** A sum in another currency; undefined where the table lacks one of the two. */
export function converted(amount: number, from: string, to: string): number | undefined {
  if (from === to) return amount
  const [source, target] = [PER_EURO.get(from), PER_EURO.get(to)]
  return source === undefined || target === undefined ? undefined : (amount / source) * target
}
