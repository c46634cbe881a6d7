import type { Frames } from '../source.ts'

/** Facts of one kind: pairs of a subject and what is said of it, ways to ask, and the answer's form. */
export interface Relation extends Frames {
  answer: string
  /** Pairs, parted by semicolons; `subject: value`. */
  pairs: string
}

/** Plain facts, each relation with its own ways to ask: `{a}` is the subject, `{b}` what is asked for. */
export const RELATIONS: readonly Relation[] = [
  {
    pairs:
      'dog: 4; cat: 4; spider: 8; bird: 2; ant: 6; bee: 6; horse: 4; crab: 10; chicken: 2; beetle: 6; cow: 4; fly: 6',
    train: [
      'How many legs does a {a} have?',
      'How many legs has a {a}?',
      'What is the number of legs of a {a}?',
      'Tell me how many legs a {a} has.',
      'A {a} has how many legs?',
      'legs of a {a}',
      'How many legs are on a {a}?',
      'Do you know how many legs a {a} has?',
      "A {a}'s legs: how many?",
    ],
    later: [
      'How many legs can a {a} have?',
      'What number of legs does a {a} have?',
      'I want to know how many legs a {a} has.',
      'Say how many legs a {a} has.',
      'With how many legs is a {a} born?',
      'Legs: how many for a {a}?',
    ],
    held: [
      'How many legs does a {a} walk on?',
      'Count the legs of a {a}.',
      'If I see a {a}, how many legs do I see?',
    ],
    answer: 'A {a} has {b} legs.',
  },
  {
    pairs:
      'dog: barks; cat: meows; cow: moos; lion: roars; sheep: bleats; frog: croaks; duck: quacks; horse: neighs; pig: grunts; bee: buzzes; owl: hoots; snake: hisses; wolf: howls; mouse: squeaks',
    train: [
      'What sound does a {a} make?',
      'Which sound does a {a} make?',
      'What noise does a {a} make?',
      'How does a {a} sound?',
      'What is the sound of a {a}?',
      'sound of a {a}',
      'Tell me the sound a {a} makes.',
      'What does a {a} sound like?',
    ],
    later: [
      'Which sound do we hear from a {a}?',
      'What sound is made by a {a}?',
      'What noise is made by a {a}?',
      'Say which sound a {a} makes.',
      'If a {a} makes a sound, which one?',
      'How does one call the sound of a {a}?',
    ],
    held: ['Which noise comes from a {a}?', 'What would a {a} sound like to me?', 'Name the sound of a {a}.'],
    answer: 'A {a} {b}.',
  },
  {
    pairs:
      'dog: puppy; cat: kitten; cow: calf; sheep: lamb; horse: foal; hen: chick; duck: duckling; goat: kid; lion: cub; frog: tadpole; pig: piglet; goose: gosling; deer: fawn; bear: cub',
    train: [
      'What is a young {a} called?',
      'What is a baby {a} called?',
      'What do you call a young {a}?',
      'How is a young {a} called?',
      'What is the name of a baby {a}?',
      'What is the word for a young {a}?',
      'What do you call a baby {a}?',
      'young {a}',
      'Name the young of a {a}.',
    ],
    later: [
      'Say what a young {a} is called.',
      'What name does a young {a} have?',
      'A young {a} is known as what?',
      'Give me the word for a young {a}.',
      'What is the child of a {a} called?',
      'Do you know the word for a baby {a}?',
    ],
    held: [
      'Which word is used for a baby {a}?',
      'Tell me what one calls a young {a}.',
      'A baby {a} is called what?',
    ],
    answer: 'A young {a} is called a {b}.',
  },
  {
    pairs:
      'the sky: blue; grass: green; snow: white; coal: black; a banana: yellow; blood: red; a carrot: orange; milk: white; a ruby: red; an emerald: green; a lemon: yellow; chocolate: brown; the sea: blue; a strawberry: red; charcoal: black; a sapphire: blue',
    train: [
      'What colour is {a}?',
      'Which colour is {a}?',
      'What color is {a}?',
      'What is the colour of {a}?',
      'Which colour does {a} have?',
      'Tell me the colour of {a}.',
      'colour of {a}',
      'Which color is {a}?',
      'What colour does {a} have?',
    ],
    later: [
      'Say which colour {a} has.',
      'Do you know the colour of {a}?',
      '{A}: which colour?',
      'Which of the colours does {a} have?',
      'I want to know the colour of {a}.',
      'What colour would you say {a} has?',
    ],
    held: ['Name the colour of {a}.', 'In which colour do we see {a}?', 'What is the color of {a}, please?'],
    answer: 'The colour of {a} is {b}.',
  },
  {
    pairs:
      'hot: cold; big: small; day: night; up: down; left: right; open: closed; happy: sad; fast: slow; old: young; light: dark; wet: dry; full: empty; hard: soft; early: late; high: low; long: short; rich: poor; strong: weak; near: far; first: last',
    train: [
      'What is the opposite of {a}?',
      'What is the opposite word of {a}?',
      'Give me the opposite of {a}.',
      'Tell me the opposite of {a}.',
      'opposite of {a}',
      'Which word is the opposite of {a}?',
      'What word means the opposite of {a}?',
      'The opposite of {a} is what?',
      'Say the opposite of {a}.',
    ],
    later: [
      'What is opposite in meaning to {a}?',
      'Do you know the opposite of {a}?',
      'Search your words for the opposite of {a}.',
      'I need the opposite of {a}.',
      'If it is not {a}, what is the opposite?',
      'Turn {a} into its opposite.',
    ],
    held: [
      'Name the opposite of {a}.',
      'Which word is opposite to {a}?',
      'What would be the opposite of {a}?',
    ],
    answer: 'The opposite of {a} is {b}.',
  },
  {
    pairs:
      'gold: Au; silver: Ag; iron: Fe; oxygen: O; hydrogen: H; carbon: C; copper: Cu; lead: Pb; nitrogen: N; sodium: Na; tin: Sn; zinc: Zn; helium: He; calcium: Ca',
    train: [
      'What is the chemical symbol of {a}?',
      'What is the symbol for {a}?',
      'Which symbol stands for {a}?',
      'What is the symbol of {a}?',
      'Tell me the chemical symbol of {a}.',
      'symbol of {a}',
      'How is {a} written in chemistry?',
      'Which chemical symbol does {a} have?',
    ],
    later: [
      'Give me the chemical symbol of {a}.',
      'Do you know the chemical symbol of {a}?',
      'What are the letters for {a} in chemistry?',
      'In chemistry, what stands for {a}?',
      '{A} has which chemical symbol?',
      'How do I write {a} as a chemical symbol?',
    ],
    held: [
      'Name the chemical symbol for {a}.',
      'By which symbol is {a} known in chemistry?',
      'What symbol do chemists use for {a}?',
    ],
    answer: 'The chemical symbol of {a} is {b}.',
  },
  {
    pairs:
      'Japan: yen; the United Kingdom: pound; the United States: dollar; India: rupee; China: yuan; Switzerland: franc; Sweden: krona; Poland: zloty; Brazil: real; Mexico: peso; Russia: ruble; Turkey: lira; Thailand: baht; South Korea: won; Germany: euro; France: euro; Italy: euro; Spain: euro; Canada: dollar; Israel: shekel; Hungary: forint; South Africa: rand',
    train: [
      'What is the currency of {a}?',
      'Which currency does {a} have?',
      'Which currency is used in {a}?',
      'What money is used in {a}?',
      'What do people pay with in {a}?',
      'Tell me the currency of {a}.',
      'currency of {a}',
      'With what money do I pay in {a}?',
      'Which money does {a} use?',
    ],
    later: [
      'What kind of money does {a} use?',
      'Which coins and notes does {a} have?',
      'Do you know the currency of {a}?',
      'In {a}, what do they pay with?',
      '{A} pays in which currency?',
      'Which money do I find in {a}?',
    ],
    held: ['Name the currency of {a}.', 'What currency do I need in {a}?', 'How is the money of {a} called?'],
    answer: 'The currency of {a} is the {b}.',
  },
  {
    pairs:
      'Germany: German; France: French; Brazil: Portuguese; Mexico: Spanish; Egypt: Arabic; Austria: German; Italy: Italian; Japan: Japanese; Poland: Polish; Greece: Greek; Spain: Spanish; Portugal: Portuguese; Russia: Russian; Turkey: Turkish; Sweden: Swedish; Hungary: Hungarian; the Netherlands: Dutch; Argentina: Spanish; Denmark: Danish; Australia: English',
    train: [
      'Which language is spoken in {a}?',
      'What language is spoken in {a}?',
      'What language do people speak in {a}?',
      'Which language do they speak in {a}?',
      'What is the language of {a}?',
      'language of {a}',
      'Tell me the language of {a}.',
      'Which language has {a}?',
    ],
    later: [
      'What do they speak in {a}?',
      'Give me the language that {a} speaks.',
      'Do you know which language {a} speaks?',
      'Which language do children learn at home in {a}?',
      '{A}: which language is spoken there?',
      'Which language will I hear in {a}?',
    ],
    held: [
      'Name the language of {a}.',
      'In {a}, which language do people speak?',
      'What language should I speak in {a}?',
    ],
    answer: 'The language of {a} is {b}.',
  },
  {
    pairs:
      'Kenya: Africa; Brazil: South America; Japan: Asia; Canada: North America; France: Europe; Egypt: Africa; India: Asia; Peru: South America; Germany: Europe; Mexico: North America; China: Asia; Nigeria: Africa; Italy: Europe; Chile: South America; Spain: Europe; Thailand: Asia; Ghana: Africa; Norway: Europe',
    train: [
      'On which continent is {a}?',
      'Which continent is {a} on?',
      'On what continent is {a}?',
      'Which continent does {a} belong to?',
      'What is the continent of {a}?',
      'continent of {a}',
      'Tell me the continent of {a}.',
      'To which continent does {a} belong?',
    ],
    later: [
      'Which continent has {a} in it?',
      'Do you know the continent of {a}?',
      'Give me the continent that {a} is on.',
      'On which continent does {a} lie?',
      '{A} belongs to which continent?',
      'Which part of the world is {a} in?',
    ],
    held: [
      'Name the continent of {a}.',
      'Which continent would I find {a} on?',
      '{a} is on which continent?',
    ],
    answer: '{A} is in {b}.',
  },
  {
    pairs:
      'days in a week: 7; months in a year: 12; hours in a day: 24; minutes in an hour: 60; seconds in a minute: 60; days in a year: 365; days in a leap year: 366; weeks in a year: 52; grams in a kilogram: 1000; metres in a kilometre: 1000; centimetres in a metre: 100; sides in a triangle: 3; sides in a square: 4; sides in a hexagon: 6; strings on a violin: 4; players in a football team: 11; letters in the English alphabet: 26; colours in a rainbow: 7; planets in the solar system: 8; years in a century: 100; years in a decade: 10; eggs in a dozen: 12',
    train: [
      'How many {a}?',
      'How many {a} are there?',
      'How many are there: {a}?',
      'What is the number of {a}?',
      'Tell me the number of {a}.',
      'Tell me how many {a} there are.',
      'number of {a}',
      'Do you know how many {a} there are?',
      'Say how many {a}.',
    ],
    later: [
      'Give me the number of {a}.',
      'How large is the number of {a}?',
      'Can you tell me how many {a} there are?',
      'There are how many {a}?',
      'I need the number of {a}.',
      'Which number of {a} is right?',
    ],
    held: ['Count the {a}.', 'What number of {a} is there?', 'I forgot how many {a} there are.'],
    answer: 'There are {b} {a}.',
  },
  {
    pairs:
      'largest planet: Jupiter; smallest planet: Mercury; hottest planet: Venus; red planet: Mars; planet with the great rings: Saturn; nearest star: the Sun; tallest mountain: Mount Everest; longest river: the Nile; largest ocean: the Pacific; fastest land animal: the cheetah; largest animal: the blue whale; tallest animal: the giraffe; largest country: Russia; smallest country: Vatican City; largest desert: the Antarctic; largest continent: Asia; largest bird: the ostrich; hardest stone: diamond',
    train: [
      'What is the {a}?',
      'Which is the {a}?',
      'What is the name of the {a}?',
      'Tell me the {a}.',
      'Do you know the {a}?',
      'the {a}',
      'Which one is the {a}?',
      'Can you tell me the {a}?',
      "What's the {a}?",
    ],
    later: [
      'What do you call the {a}?',
      'Let me know the {a}.',
      'Can you say which is the {a}?',
      'Tell me which one is the {a}.',
      'I want to know the {a}.',
      'What is known as the {a}?',
    ],
    held: ['Name the {a}.', 'How is the {a} called?', 'Which would be the {a}?'],
    answer: 'The {a} is {b}.',
  },
  {
    pairs:
      'painted the Mona Lisa: Leonardo da Vinci; wrote Hamlet: William Shakespeare; wrote Faust: Goethe; wrote Don Quixote: Cervantes; discovered penicillin: Alexander Fleming; invented the telephone: Alexander Graham Bell; was first on the moon: Neil Armstrong; found the theory of relativity: Albert Einstein; wrote Romeo and Juliet: William Shakespeare; wrote War and Peace: Leo Tolstoy; composed the Ode to Joy: Beethoven; painted the Starry Night: Vincent van Gogh; wrote the Odyssey: Homer; composed the Magic Flute: Mozart; discovered radium: Marie Curie; invented the printing press: Johannes Gutenberg',
    train: [
      'Who {a}?',
      'Who was it that {a}?',
      'Tell me who {a}.',
      'Do you know who {a}?',
      'Which person {a}?',
      'Can you tell me who {a}?',
      'who {a}',
      'What is the name of who {a}?',
    ],
    later: [
      'Who was the one that {a}?',
      'Which man or woman {a}?',
      'I want to know who {a}.',
      'Can you say which person {a}?',
      'Give me the name of the one who {a}.',
      'By what name do we know the one who {a}?',
    ],
    held: ['Name the person who {a}.', 'I forgot who {a}.', 'Say who {a}.'],
    answer: '{b} {a}.',
  },
  {
    pairs:
      'glass: sand; paper: wood; cheese: milk; bread: flour; wine: grapes; butter: milk; a candle: wax; a brick: clay; steel: iron; yoghurt: milk; chocolate: cocoa; a jumper: wool; beer: barley; olive oil: olives',
    train: [
      'What is {a} made of?',
      'What is {a} made from?',
      'From what is {a} made?',
      'Of what is {a} made?',
      'What do you need to make {a}?',
      'Tell me what {a} is made of.',
      '{a} is made of what?',
      'What does one make {a} from?',
    ],
    later: [
      'What goes into {a}?',
      'What is used to make {a}?',
      'Do you know what {a} is made of?',
      '{A} comes from what?',
      'What must I have to make {a}?',
      'I want to know what {a} is made of.',
    ],
    held: ['Which stuff is {a} made of?', 'Name what {a} is made from.', 'Out of what does one make {a}?'],
    answer: '{A} is made of {b}.',
  },
]

export interface Fact {
  relation: Relation
  a: string
  b: string
}

/** Every fact, one by one. */
export const FACTS: readonly Fact[] = RELATIONS.flatMap((relation) =>
  relation.pairs.split(';').flatMap((pair) => {
    const [a, b] = pair.split(':').map((part) => part.trim())
    return a && b ? [{ relation, a, b }] : []
  }),
)
