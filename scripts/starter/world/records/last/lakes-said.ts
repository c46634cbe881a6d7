import { lines } from '../../list.ts'

/** Short, plain ways to say what texts about a lake say. */
export const LAKE_SAID_LAST = {
  depth: lines(`
    {s} reaches a depth of {v}.
    It reaches {v} at its deepest point.
    The deepest point is at {v}.
    At its deepest, {s} measures {v}.
    The maximum depth of {s} is {v}.
    Depth: {v}.
    {s} has a depth of {v}.
    Its bottom lies {v} down.
    From the surface to the bottom it is {v}.
    Divers go down {v} to reach the bottom.
    The bed of {s} lies {v} below the surface.
    It is {v} from top to bottom.
    {s} drops to {v}.
    The water goes down to {v}.
    With a depth of {v}, {s} is a cold lake.
    The greatest depth is {v}.
    {s} extends {v} down.
    An anchor needs {v} of rope here.
    Its waters are {v} deep.
    The lake bottom is {v} under the waves.
  `),
  country: lines(`
    {s} is located in {v}.
    The lake is located in {v}.
    {s} lies in the middle of {v}.
    The lake is situated in {v}.
    {s} is a lake in {v}.
    {v} is where {s} lies.
    It can be found in {v}.
    The waters of {s} belong to {v}.
    Its shores are in {v}.
    {v} owns the lake.
    In {v} lies {s}.
    Country: {v}.
    Travellers to {v} can visit {s}.
    To see {s}, one travels to {v}.
    The lake is part of {v}.
    It is a lake of {v}.
    The land around {s} is {v}.
    On the map of {v} one finds {s}.
  `),
  fame: lines(`
    The lake is known for its {v}s.
    {s} is well known for its {v}s.
    {s} is renowned for its {v}s.
    It is noted for its {v}s.
    {s} is celebrated for {v}s.
    People visit {s} for its {v}s.
    Tourists come for the {v}s.
    The main attraction is its {v}s.
    {v}s are the main attraction of {s}.
    {s} owes its fame to {v}s.
    It got its good name from {v}s.
    Its {v}s are famous.
    The {v}s of {s} are famous.
    Visitors love the {v}s.
    Many know {s} because of its {v}s.
    Famous for: {v}s.
    What visitors remember are the {v}s.
    {v}s brought fame to {s}.
    The lake is popular because of its {v}s.
    Crowds come to {s} to see {v}s.
  `),
  inhabitants: lines(`
    {s} has {v} inhabitants on its shores.
    The population around {s} is {v}.
    Population: {v}.
    Around the lake live {v} people.
    {v} people live by the lake.
    The villages on its shore have {v} inhabitants.
    About {s} there are {v} inhabitants.
    It is home to {v} people.
    Some {v} people have settled there.
    {v} residents live near {s}.
    The number of residents is {v}.
    The last count found {v} people by the lake.
    {v} people dwell near its waters.
    Along {s}, {v} people have their homes.
    The local population numbers {v}.
    With {v} inhabitants, its shores are quiet.
    A total of {v} people live at {s}.
  `),
  mapped: lines(`
    The lake was first mapped in {v}.
    {s} was first charted in {v}.
    It was charted in {v}.
    In {v} the first map of {s} was drawn.
    The earliest map was made in {v}.
    Mapmakers first drew {s} in {v}.
    It first appeared on a map in {v}.
    {s} appears on maps from {v} on.
    A map of {v} is the first to show {s}.
    It was surveyed for the first time in {v}.
    The first survey took place in {v}.
    Explorers mapped {s} in {v}.
    The first chart of {s} dates from {v}.
    First mapped: {v}.
    It has been on maps since {v}.
    Maps have shown {s} since {v}.
    {s} was put on the map in {v}.
    The oldest map of it was drawn in {v}.
    Before {v} no map showed {s}.
  `),
}
