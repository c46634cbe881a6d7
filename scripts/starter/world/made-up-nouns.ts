import { list } from './list.ts'

/** Nouns of all that a thing, a place or a person may have. None is the name of something that is measured. */
export const NOUNS = list(`
  rank, code, chief, symbol, motto, origin, purpose, guardian, anthem, flag, currency, root, taste, smell,
  shape, speed, rhythm, temper, mood, rival, enemy, ally, mentor, pupil, cousin, uncle, aunt, brother, sister,
  neighbour, tailor, barber, cook, guide, driver, poet, singer, saint, ghost, treasure, secret, password,
  nickname, title, prize, score, record, level, grade, class, section, chapter, shelf, drawer, locker, key,
  gate, tower, bridge, road, street, square, market, harbour, station, platform, gate number, seat, row,
  ticket, flight, train, bus line, ship, boat, bicycle, engine, battery, screen, cable, antenna, lens, filter,
  handle, wheel, roof, floor, wall, ceiling, fence, garden, tree, flower, fruit, vegetable, spice, drink, tea,
  dessert, dish, recipe, knife, bowl, lamp, chair, table, carpet, clock, watch, ring, necklace, coat, hat,
  shoe size, scarf, bag, umbrella, instrument, melody, dance, game, team, coach, stadium, season, month,
  weekday, holiday, festival, birthday, bedtime, budget, salary, rent, debt, fine, fee per day, discount, bonus,
  share, tax, account, branch, department, manager, secretary, partner firm, supplier, customer, project,
  plan, goal, method, tool, material, metal, stone, fabric, pattern, texture, volume, pressure, voltage,
  frequency, angle, radius, width, thickness, distance, altitude, latitude, postcode, dialect, accent,
  proverb, theory, subject, lecture, diploma, hero, villain, actor, author, editor, sponsor, judge, witness,
`)
