import { lines } from '../../list.ts'

/** Short, plain ways to ask for what texts about a lake say. */
export const LAKE_ASKED_LAST = {
  depth: lines(`
    How deep is the water?
    What is its maximum depth?
    How far is it to the bottom?
    At what depth is the bottom of {s}?
    How deep does the lake get?
    How far down is the bed of {s}?
    Tell me how deep the lake is.
    How deep are its waters?
  `),
  country: lines(`
    In which country is {s} located?
    Where is the lake situated?
    What country owns the lake?
    Which country is home to {s}?
    Where must one travel to see {s}?
    Tell me the country of {s}.
    In what country are its shores?
    Where can {s} be found?
  `),
  fame: lines(`
    What is the lake famous for?
    What is {s} renowned for?
    Why do tourists come to {s}?
    What is the main attraction of {s}?
    What made the lake famous?
    To what does {s} owe its fame?
    Why is {s} popular?
    For what is {s} celebrated?
    What do visitors love about {s}?
    Tell me what {s} is noted for.
    What do people visit {s} for?
    What brought fame to {s}?
  `),
  inhabitants: lines(`
    What is the population around {s}?
    How many residents does its shore have?
    How many people live by the lake?
    How large is the population?
    How many people have settled at {s}?
    To how many people is {s} home?
    How many inhabitants do the shores of {s} have?
    Tell me the population by the lake.
    How many people dwell there?
  `),
  mapped: lines(`
    When was the lake charted?
    When was the first map of {s} drawn?
    In which year did {s} first appear on a map?
    When was it first surveyed?
    Since what year have maps shown {s}?
    From which year is the oldest map of {s}?
    When did explorers map {s}?
    When was {s} put on the map?
    Tell me when the first map was made.
    What year does the first chart date from?
    When did mapmakers first draw {s}?
  `),
}
