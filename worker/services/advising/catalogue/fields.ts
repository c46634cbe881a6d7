/** A field of ISCED-F 2013: its name, and the words by which people look for it, in English and in French. */
interface Field {
  name: string
  words: string
}

const field = (name: string, words = ''): Field => ({ name, words })

/** The broad fields in two digits, the narrow ones in three, and those of the detailed ones that registers tell apart. */
const FIELDS: Readonly<Record<string, Field>> = {
  '00': field('Generic programmes and qualifications'),
  '01': field('Education', 'teaching teacher pedagogy enseignement professeur'),
  '011': field('Education', 'teaching teacher pedagogy enseignement professeur'),
  '0111': field('Education science', 'pedagogy enseignement'),
  '0112': field('Training for pre-school teachers', 'early childhood kindergarten'),
  '0113': field('Teacher training without subject specialisation', 'primary school teaching'),
  '0114': field('Teacher training with subject specialisation', 'secondary school teaching'),
  '02': field('Arts and humanities'),
  '021': field('Arts', 'design artist creative'),
  '0211': field('Audio-visual techniques and media production', 'film animation graphic games cinema'),
  '0212': field('Fashion, interior and industrial design', 'designer mode'),
  '0213': field('Fine arts', 'painting sculpture drawing photography beaux-arts artist'),
  '0214': field('Handicrafts', 'craft artisanat'),
  '0215': field('Music and performing arts', 'theatre drama dance acting musician musique danse'),
  '022': field('Humanities'),
  '0221': field('Religion and theology', 'religious'),
  '0222': field('History and archaeology', 'historian histoire'),
  '0223': field('Philosophy and ethics', 'philosophie'),
  '023': field('Languages', 'linguistics literature translation langues lettres'),
  '0231': field('Language acquisition', 'languages translation langues'),
  '0232': field('Literature and linguistics', 'languages writing writer lettres littérature'),
  '03': field('Social sciences, journalism and information'),
  '031': field('Social and behavioural sciences', 'society'),
  '0311': field('Economics', 'economist économie econometrics'),
  '0312': field(
    'Political sciences and civics',
    'politics policy international relations politique diplomacy diplomat',
  ),
  '0313': field('Psychology', 'psychologist psychologie behaviour'),
  '0314': field('Sociology and cultural studies', 'sociologie anthropology geography society'),
  '032': field('Journalism and information', 'media communication'),
  '0321': field('Journalism and reporting', 'journalist media communication'),
  '0322': field('Library, information and archival studies', 'librarian'),
  '04': field('Business, administration and law'),
  '041': field('Business and administration', 'management commerce manager gestion'),
  '0411': field('Accounting and taxation', 'accountant audit comptabilité business'),
  '0412': field('Finance, banking and insurance', 'banker actuary actuarial business'),
  '0413': field('Management and administration', 'business manager gestion entrepreneur'),
  '0414': field('Marketing and advertising', 'business sales commercialisation vente'),
  '0415': field('Secretarial and office work', 'assistant'),
  '042': field('Law', 'legal lawyer droit juriste'),
  '0421': field('Law', 'legal lawyer droit juriste solicitor'),
  '05': field('Natural sciences, mathematics and statistics', 'science scientist'),
  '051': field('Biological and related sciences', 'biology science life'),
  '0511': field('Biology', 'biologist life science biologie zoology botany'),
  '0512': field('Biochemistry', 'biology chemistry science'),
  '052': field('Environment', 'ecology sustainability environnement science'),
  '0521': field('Environmental sciences', 'ecology sustainability environnement'),
  '053': field('Physical sciences', 'physics chemistry science'),
  '0531': field('Chemistry', 'chemist chimie science'),
  '0532': field('Earth sciences', 'geology geologist geography science terre'),
  '0533': field('Physics', 'physicist astronomy physique science'),
  '054': field('Mathematics and statistics', 'mathématiques'),
  '0541': field('Mathematics', 'mathematician mathématiques'),
  '0542': field('Statistics', 'statistician data mathematics'),
  '06': field(
    'Information and Communication Technologies',
    'computer science computing informatics software it',
  ),
  '061': field(
    'Information and Communication Technologies',
    'computer science computing informatics informatique software programming data it developer',
  ),
  '0611': field('Computer use', 'computing it'),
  '0612': field(
    'Database and network design and administration',
    'computer science computing networks data it',
  ),
  '0613': field(
    'Software and applications development and analysis',
    'computer science computing informatics informatique programming developer engineer it',
  ),
  '07': field('Engineering, manufacturing and construction', 'engineer ingénieur'),
  '071': field('Engineering and engineering trades', 'engineer ingénieur technology'),
  '0711': field('Chemical engineering and processes', 'engineer'),
  '0713': field('Electricity and energy', 'electrical engineering engineer électrotechnique énergie'),
  '0714': field(
    'Electronics and automation',
    'electrical engineering engineer robotics électronique telecommunications',
  ),
  '0715': field('Mechanics and metal trades', 'mechanical engineering engineer mécanique'),
  '0716': field(
    'Motor vehicles, ships and aircraft',
    'automotive aerospace engineering engineer aviation aéronautique',
  ),
  '072': field('Manufacturing and processing', 'production industry'),
  '0721': field('Food processing', 'food alimentation'),
  '073': field('Architecture and construction', 'architect building'),
  '0731': field('Architecture and town planning', 'architect urban planning design'),
  '0732': field('Building and civil engineering', 'construction engineer surveying bâtiment'),
  '08': field('Agriculture, forestry, fisheries and veterinary'),
  '081': field('Agriculture', 'farming agronomy agricole'),
  '0812': field('Horticulture', 'gardening plants'),
  '0821': field('Forestry', 'forest'),
  '0831': field('Fisheries', 'aquaculture marine'),
  '0841': field('Veterinary', 'animal veterinarian vet'),
  '09': field('Health and welfare', 'care'),
  '091': field('Health', 'medical healthcare santé'),
  '0911': field('Dental studies', 'dentist dentistry'),
  '0912': field('Medicine', 'doctor physician medical surgeon médecine'),
  '0913': field('Nursing and midwifery', 'nurse infirmier health care'),
  '0914': field('Medical diagnostic and treatment technology', 'radiography imaging health'),
  '0915': field('Therapy and rehabilitation', 'physiotherapy physiotherapist occupational therapist health'),
  '0916': field('Pharmacy', 'pharmacist pharmacie'),
  '0917': field('Traditional and complementary medicine and therapy'),
  '092': field('Welfare', 'social care'),
  '0922': field('Child care and youth services', 'early childhood enfants'),
  '0923': field('Social work and counselling', 'social worker welfare éducateur'),
  '10': field('Services'),
  '101': field('Personal services'),
  '1012': field('Hair and beauty services', 'hairdresser coiffure'),
  '1013': field('Hotel, restaurants and catering', 'hospitality cook chef cuisine'),
  '1014': field('Sports', 'sport exercise coach athlete fitness'),
  '1015': field('Travel, tourism and leisure', 'tourisme hospitality'),
  '102': field('Hygiene and occupational health services', 'safety'),
  '103': field('Security services', 'police'),
  '1032': field('Protection of persons and property', 'police justice criminology security'),
  '104': field('Transport services', 'logistics aviation pilot transports logistique'),
  '1041': field('Transport services', 'logistics aviation pilot transports logistique'),
}

/** The codes of the table. */
export const FIELD_CODES: readonly string[] = Object.keys(FIELDS)

const FORM = /^\d{2,4}$/

/** The field that a code is, or the narrowest one in the table that holds it; undefined for what lies in no broad field. */
function fieldOf(code: string): Field | undefined {
  for (let length = code.length; length >= 2; length -= 1) {
    const found = FIELDS[code.slice(0, length)]
    if (found) return found
  }
  return undefined
}

/** Whether a text is a code of ISCED-F 2013, broad, narrow or detailed, as far as the table can tell. */
export const isFieldCode = (code: string): boolean => FORM.test(code) && fieldOf(code) !== undefined

/** The name of a field in English. */
export const fieldName = (code: string): string | undefined => fieldOf(code)?.name

/** All words by which a field is found. */
export function fieldWords(code: string): string {
  const found = fieldOf(code)
  return found ? `${found.name} ${found.words}` : ''
}
