import { list } from './list.ts'

/** Cities that somebody lives in or comes from. */
export const CITIES = list(`
  Paris, London, Berlin, Madrid, Rome, Vienna, Prague, Lisbon, Dublin, Oslo, Helsinki, Warsaw, Athens,
  Cairo, Lagos, Nairobi, Delhi, Mumbai, Tokyo, Osaka, Kyoto, Seoul, Beijing, Shanghai, Sydney, Melbourne,
  Perth, Toronto, Montreal, Vancouver, Boston, Chicago, Seattle, Denver, Austin, Dallas, Houston, Atlanta,
  Miami, Portland, Phoenix, Detroit, Lima, Quito, Bogota, Santiago, Havana, Munich, Hamburg, Cologne,
  Leipzig, Zurich, Geneva, Basel, Milan, Turin, Naples, Venice, Florence, Barcelona, Valencia, Seville,
  Porto, Lyon, Nice, Marseille, Toulouse, Bordeaux, Lille, Ghent, Antwerp, Utrecht, Rotterdam, Glasgow,
  Edinburgh, Bristol, Leeds, Manchester, Liverpool, Oxford, Cambridge, York, Cork, Galway, Bergen, Malmo,
  Gothenburg, Aarhus, Tampere, Turku, Krakow, Gdansk, Brno, Graz, Salzburg, Split, Sofia, Varna, Cluj,
  Odesa, Lviv, Izmir, Antalya, Haifa, Dubai, Doha, Karachi, Lahore, Chennai, Kolkata, Pune, Hanoi, Manila,
  Cebu, Jakarta, Bandung, Accra, Dakar, Kigali, Durban,
`)

/** Cities that are only asked for. */
export const HELD_CITIES = list(`
  Nantes, Rennes, Dresden, Bremen, Verona, Bologna, Malaga, Bilbao, Braga, Plymouth, Cardiff, Dundee,
  Limerick, Trondheim, Uppsala, Odense, Lodz, Ostrava, Linz, Zadar, Plovdiv, Brasov, Kharkiv, Bursa, Surat,
  Nagoya, Sapporo, Busan, Adelaide, Hobart, Calgary, Tucson, Memphis, Omaha, Tampa,
`)

/** Colours that somebody may like, or a thing may have. */
export const COLOURS = list(`
  red, blue, green, yellow, purple, orange, black, white, pink, brown, grey, turquoise, silver, gold,
  violet, crimson,
`)

/** Animals that somebody may have. */
export const PETS = list(`
  dog, cat, rabbit, parrot, hamster, horse, turtle, goldfish, snake, pony, canary, lizard, ferret, goat,
`)

/** Work that somebody may do. */
export const JOBS = list(`
  teacher, nurse, doctor, engineer, painter, baker, lawyer, farmer, pilot, chef, writer, plumber, student,
  librarian, musician, designer, carpenter, scientist, gardener, electrician, journalist, dentist,
  mechanic, photographer, architect, accountant,
`)

/** Food that somebody may like. */
export const FOODS = list(`
  pizza, sushi, pasta, curry, tacos, soup, chocolate, rice, salad, bread, cheese, noodles, pancakes,
  apples, dumplings, falafel,
`)

/** Things to do in free time. */
export const HOBBIES = list(`
  chess, football, swimming, painting, hiking, cycling, reading, cooking, gardening, dancing, sailing,
  climbing, knitting, photography, running, tennis,
`)

/** Plain nouns, for titles and for what is copied. */
export const WORDS = list(`
  apple, river, stone, cloud, table, green, window, garden, silver, music, paper, north, light, bridge,
  ocean, tiger, lemon, candle, forest, mirror, engine, rocket, pepper, violin, copper, summer, winter,
  harbor, island, castle, button, pencil, basket, market, planet, desert, valley, ladder, hammer, carpet,
  ribbon, velvet, marble, falcon, turtle, walnut, cherry, orange, butter, cotton, helmet, anchor, signal,
  matrix, vector, kernel, packet, server, router, memory, buffer, thread, socket, tunnel, switch, column,
  record, ticket, letter, number, circle, square, corner, needle, bottle, spoon, drawer, pillow, blanket,
  curtain, lantern, compass, feather, blossom, thunder, whisper, shadow, meadow, pebble, canyon, glacier,
  volcano, tornado, rainbow, sunset, morning, evening, midnight,
`)

/** Subjects that are searched for. */
export const TOPICS = list(`
  quantum computing, solar panels, electric cars, climate change, machine learning, ancient Rome,
  the French Revolution, black holes, coffee prices, bird migration, deep sea fish, wind energy,
  chess openings, renewable energy, the stock market, bread recipes, hiking trails, space travel,
  the history of jazz, neural networks, water filters, city bikes, world population, gold prices, vaccines,
  mountain railways, tea ceremonies, local elections, football results, new phones, open source licenses,
  cloud storage, data privacy, remote work, urban gardening, battery recycling, 3D printing, volcanoes,
  Viking ships, honey bees, robot arms, online learning, train tickets, rainfall in Peru,
  the northern lights, solar eclipses, cheap flights, game engines, sleep research, healthy breakfasts,
`)

/** Subjects that are only asked for. */
export const HELD_TOPICS = list(`
  glacier melting, medieval castles, graph databases, salt mines, the moon landing, ferry timetables,
  opera houses, rice farming, tidal power, paper recycling, night trains, olive oil prices,
`)
