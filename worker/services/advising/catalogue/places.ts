/** The countries of ISO 3166-1 by the continents of UN M49. */
const CONTINENTS = {
  africa:
    'AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW IO KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG ' +
    'RE RW SC SD SH SL SN SO SS ST SZ TD TF TG TN TZ UG YT ZA ZM ZW',
  asia:
    'AE AF AM AZ BD BH BN BT CN CY GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK PS QA ' +
    'SA SG SY TH TJ TL TM TR TW UZ VN YE',
  europe:
    'AD AL AT AX BA BE BG BY CH CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO ' +
    'PL PT RO RS RU SE SI SJ SK SM UA VA',
  'north america': 'BM CA GL PM US',
  'latin america':
    'AG AI AR AW BB BL BO BQ BR BS BV BZ CL CO CR CU CW DM DO EC FK GD GF GP GS GT GY HN HT JM KN KY LC MF MQ MS MX NI PA ' +
    'PE PR PY SR SV SX TC TT UY VC VE VG VI',
  oceania: 'AS AU CC CK CX FJ FM GU HM KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS',
  antarctica: 'AQ',
} as const

const codes = (text: string): readonly string[] => text.split(' ')

const EUROPEAN_UNION = 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'

/** Regions that people name, with their countries. Where a name has several, each of them is a line. */
const REGIONS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(Object.entries(CONTINENTS).map(([name, list]) => [name, codes(list)])),
  afrique: codes(CONTINENTS.africa),
  asie: codes(CONTINENTS.asia),
  europa: codes(CONTINENTS.europe),
  océanie: codes(CONTINENTS.oceania),
  americas: codes(`${CONTINENTS['north america']} ${CONTINENTS['latin america']}`),
  'the americas': codes(`${CONTINENTS['north america']} ${CONTINENTS['latin america']}`),
  'south america': codes('AR BO BR CL CO EC FK GF GY PE PY SR UY VE'),
  'european union': codes(EUROPEAN_UNION),
  eu: codes(EUROPEAN_UNION),
  schengen: codes(`${EUROPEAN_UNION} CH IS LI NO`.replace('CY ', '').replace('IE ', '')),
  scandinavia: codes('DK NO SE'),
  'nordic countries': codes('DK FI IS NO SE'),
  benelux: codes('BE LU NL'),
  'western europe': codes('AT BE CH DE FR LI LU MC NL'),
  'northern europe': codes('AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ'),
  'southern europe': codes('AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA'),
  'eastern europe': codes('BG BY CZ HU MD PL RO RU SK UA'),
  'middle east': codes('AE BH CY EG IL IQ IR JO KW LB OM PS QA SA SY TR YE'),
  'southeast asia': codes('BN ID KH LA MM MY PH SG TH TL VN'),
  'east asia': codes('CN HK JP KP KR MN MO TW'),
  'south asia': codes('AF BD BT IN LK MV NP PK'),
  'north africa': codes('DZ EG LY MA SD TN'),
  maghreb: codes('DZ LY MA MR TN'),
}

/** Further names of countries, besides those in English and French that the platform knows. */
const ALIASES: Readonly<Record<string, string>> = {
  uk: 'GB',
  us: 'US',
  'u.k.': 'GB',
  britain: 'GB',
  'great britain': 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'northern ireland': 'GB',
  angleterre: 'GB',
  usa: 'US',
  'u.s.': 'US',
  'u.s.a.': 'US',
  america: 'US',
  'united states of america': 'US',
  holland: 'NL',
  czechia: 'CZ',
  'czech republic': 'CZ',
  'south korea': 'KR',
  'hong kong': 'HK',
  turkey: 'TR',
  deutschland: 'DE',
  españa: 'ES',
  italia: 'IT',
}

const ALL_CODES = new Set(Object.values(CONTINENTS).flatMap(codes))

/** Whether a text is a country of ISO 3166-1 in two capitals. */
export const isCountry = (code: string): boolean => ALL_CODES.has(code)

const english = new Intl.DisplayNames(['en'], { type: 'region' })

/** The name of a country in English. */
export const countryName = (code: string): string => english.of(code) ?? code

/** A wish for a place: where it is, and how exactly it is meant. */
export interface PlaceWish {
  /** As it is written in the table. */
  name: string
  kind: 'country' | 'region'
  countries: readonly string[]
}

function allPlaces(): Map<string, PlaceWish> {
  const places = new Map<string, PlaceWish>()
  const french = new Intl.DisplayNames(['fr'], { type: 'region' })
  const add = (name: string, code: string) =>
    places.set(name.toLowerCase(), { name: countryName(code), kind: 'country', countries: [code] })
  for (const code of ALL_CODES) {
    add(french.of(code) ?? code, code)
    add(countryName(code), code)
  }
  for (const [alias, code] of Object.entries(ALIASES)) add(alias, code)
  for (const [name, countries] of Object.entries(REGIONS))
    places.set(name, { name, kind: 'region', countries })
  return places
}

/** Words of the longest name in the table. */
const MAX_NAME_WORDS = 6

let places: Map<string, PlaceWish> | undefined

/** Names that are other words too, where they stand in a sentence in small letters. */
const SHORT_NAMES = new Set(['eu', 'uk', 'us'])

/** The places that a text names by whole words, in its order, the longest name where several overlap, with those words. */
export function placesIn(text: string): (PlaceWish & { words: readonly string[] })[] {
  places ??= allPlaces()
  const words = text.replaceAll(/\b[dl]['’]/giu, ' ').match(/[\p{L}\p{M}][\p{L}\p{M}.'’-]*/gu) ?? []
  const found: (PlaceWish & { words: readonly string[] })[] = []
  for (let at = 0; at < words.length; ) {
    let length = Math.min(MAX_NAME_WORDS, words.length - at)
    let place: PlaceWish | undefined
    for (; length > 0 && !place; length -= 1) {
      const name = words.slice(at, at + length).join(' ')
      const bare = name.toLowerCase()
      if (SHORT_NAMES.has(bare) && name !== name.toUpperCase() && words.length > 1) continue
      place = places.get(bare) ?? places.get(bare.replace(/[.'’-]+$/, '').replace(/['’]s$/, ''))
    }
    const used = place ? length + 1 : 1
    if (place) found.push({ ...place, words: words.slice(at, at + used) })
    at += used
  }
  return found
}
