import { lines } from '../../list.ts'

/** Short, plain ways to say what texts about a person say. */
export const PERSON_SAID_LAST = {
  birthplace: lines(`
    {s} comes from {v}.
    {s} is a native of {v}.
    {s} is originally from {v}.
    Born in {v}, {s} moved away early.
    The birth took place in {v}.
    {s} came into the world in {v}.
    {s} first saw the light in {v}.
    {v} is the birthplace.
    The birthplace is {v}.
    The birth certificate of {s} was issued in {v}.
    {s}, born in {v}, is well known.
    The hospital of {v} is where {s} was born.
    {s} was born and raised in {v}.
    The cradle of {s} stood in {v}.
    {s} is {v} born.
    The parents of {s} lived in {v} at the birth.
    {s} hails from {v}.
  `),
  birthYear: lines(`
    {s} was born in {v}, a cold year.
    Born: {v}.
    The birth year is {v}.
    {s} has {v} as year of birth.
    In the year {v} {s} came into the world.
    {s} came into the world in {v}.
    {s}, born in {v}, likes quiet days.
    The parents of {s} had a baby in {v}.
    {s} is of the class of {v} by birth.
    {s} was a baby in {v}.
    The birthday cake of {s} says {v}.
    The passport of {s} gives {v} as the year of birth.
    {s} saw the light of day in {v}.
    Year born: {v}.
    The life of {s} began in {v}.
    {v} is when the life of {s} began.
    The first birthday of {s} came one year after {v}.
  `),
  job: lines(`
    {s} is employed as a {v}.
    {s} has a job as a {v}.
    The profession of {s} is {v}.
    {s} makes a living as a {v}.
    {s} earns a living as a {v}.
    By trade {s} is a {v}.
    Occupation: {v}.
    {s} trained as a {v}.
    {s} became a {v}.
    {s} has been a {v} for years.
    {s}, a {v}, gets up early.
    The {v} {s} is liked by all.
    People know {s} as a good {v}.
    {s} found work as a {v}.
    Every day {s} goes to work as a {v}.
    {s} serves the town as a {v}.
    Working as a {v}, {s} meets many people.
    {s} took up the work of a {v}.
    The career of {s} is that of a {v}.
  `),
  hobby: lines(`
    {s} is a fan of {v}.
    {s} is keen on {v}.
    The favourite pastime of {s} is {v}.
    In the evenings {s} does some {v}.
    On Sundays {s} goes for {v}.
    {s} spends weekends with {v}.
    Hobby: {v}.
    For fun {s} does {v}.
    {s} relaxes with {v}.
    After work {s} enjoys {v}.
    {v} is a hobby of {s}.
    {v} is what {s} does for fun.
    {s} took up {v} as a hobby.
    When there is time, {s} turns to {v}.
    Nothing pleases {s} more than {v}.
    {s} gives every free hour to {v}.
    {s} cannot live without {v}.
  `),
  home: lines(`
    {s} is at home in {v}.
    {s} has moved to {v}.
    {s} settled in {v}.
    {s} now lives in {v}.
    The present home of {s} is {v}.
    Residence: {v}.
    {s} owns a flat in {v}.
    {s} rents rooms in {v}.
    {s} dwells in {v}.
    {s} made a home in {v}.
    The address of {s} is in {v}.
    {s} can be visited in {v}.
    {s} stays in {v} all year.
    {s} is a resident of {v}.
    The neighbours of {s} in {v} are kind.
    The home town of {s} is now {v}.
    {s} found a house in {v}.
  `),
  spouse: lines(`
    {s} married {v}.
    {s} is the spouse of {v}.
    The husband or wife of {s} is {v}.
    {s} and {v} are husband and wife.
    {s} lives with {v}, to whom the wedding was years ago.
    Spouse: {v}.
    Married to: {v}.
    {s} shares life with {v}.
    {s} tied the knot with {v}.
    {s} took {v} as a partner for life.
    {v} became the spouse of {s}.
    {v} said yes to {s} at the altar.
    The better half of {s} is {v}.
    At home {v}, the spouse of {s}, waits.
  `),
}
