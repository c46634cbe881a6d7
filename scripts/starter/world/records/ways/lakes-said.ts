import { lines } from '../../list.ts'

/** More ways to say what texts about it say. */
export const LAKE_SAID = {
  depth: lines(`
    {v} separate the surface of {s} from its bed.
    {v}: that is how deep {s} gets.
    {v} is as deep as this lake ever becomes.
    {v} down, the mud of the lake bed begins.
    {v} of rope were needed before the weight touched the bed.
    {v} deep, {s} hides its bed from every swimmer.
    {v} was the result when the depth of {s} was tested.
    {v} of water cover the deepest stones.
    {v} below the waves, the lake bed of {s} can be found.
    {v} deep is what the signs on the shore say.
    {v} must be crossed by anything that sinks to the bed of {s}.
    {v} stands beside the word "depth" in the notes on this lake.
    {v} of depth have been recorded here.
    {v} is the greatest depth found in {s}.
    {v}, so say the fishermen, is how far the bottom is.
    {v} under your feet lies the floor of this lake.
    {v} in depth, it is a home for many fish.
    {v} from top to floor: such is {s}.
    {v} is how far a stone falls before it rests on the lake bed.
    {v} would be the height of a pole that reached from bed to surface.
    Depth: {v}, measured with a line.
    The depth of {s} comes to {v} at most.
    A stone dropped into {s} sinks {v} before it stops.
    It takes {v} of line to reach the lake floor.
    One would have to dive {v} to stand on the floor of {s}.
    Scientists lowered a camera {v} until it met the lake bed.
    With {v} of depth, {s} keeps its floor in the dark.
    Those who sink a rope use {v} before it meets the ground.
    Down there, at {v}, the lake comes to its end.
    There is a depth of {v} in the middle of {s}.
    Surveyors say that {v} is the full depth of the water.
    What lies {v} beneath the boats is the floor of {s}.
    Being {v} deep, the lake stays cold at its bed.
    An anchor must be let down {v} before it finds the bed.
    The floor, which is {v} down, has never seen the sun.
    The old guide gives {v} as the depth of {s}.
    Only after {v} does a sinking coin come to rest in {s}.
    I was told that {v} is how deep this lake is.
    Fish can swim down {v} before they meet the mud.
    If you emptied {s}, you would see a hole {v} deep.
    The depth of the lake: {v}.
    Deepest point of {s}: {v}.
    The distance down to the lake floor is {v}.
    What the measuring line showed in {s} was a depth of {v}.
    How deep is {s}? The answer is {v}.
    Its bed was found at a depth of {v}.
    Nobody has gone deeper in {s}, for it ends at {v}.
    The maximum depth amounts to {v}.
    In depth, {s} measures {v}.
    The boatman says the water beneath us goes down {v}.
    From its waves to its mud, {s} measures {v}.
    Experts put the depth at {v}.
    The line ran out until it hit the bed at {v}.
    Sound sent downward put the depth of the bed at {v}.
    Between surface and floor of the lake there are {v}.
    A sunken ship here would rest at a depth of {v}.
    The greatest depth of the lake has been set down as {v}.
    Divers know the depth of {s} well: {v}.
    Deep water it has, down to {v}.
    Its deepest spot is reached after a dive of {v}.
  `),
  country: lines(`
    {v} is the country that holds {s}.
    {v} is home to this lake.
    {v} counts {s} among its waters.
    {v} is where you would see it.
    {v} has a lake with the name {s}.
    {v} is the land whose borders surround it.
    {v}: this is the country where the lake is found.
    {v} owns the whole of {s}.
    {v} is the nation on every side of the water.
    {v} rules over the land in which {s} lies.
    {v} is written across the map where the lake appears.
    {v} can call {s} its own.
    {v} is the state to which the lake belongs.
    {v} must be entered by anyone who wants to reach {s}.
    {v}, a country, has this lake within its borders.
    {v} is the country one names when asked where {s} is.
    {v} keeps the lake inside its borders.
    {v} is the right country for a trip to this lake.
    {v}, says the teacher, is where pupils should look for {s}.
    {v} has many waters, and this lake is one.
    Country: {v}, as every atlas says.
    The borders of {v} run all around {s}.
    Travellers who cross {v} may come upon {s}.
    It is to {v} that the lake belongs.
    The people of {v} call this lake theirs.
    One of the waters inside {v} is {s}.
    A visit to {v} can include a stop at {s}.
    Within {v} there is a lake, and this is it.
    The flag of {v} flies on every shore of {s}.
    In {v} one can stand beside the lake.
    Those who live in {v} can see {s} without leaving their country.
    The government of {v} is in charge of the lake.
    Both shores are in {v}, and no border crosses the water.
    You need a map of {v} to find {s}.
    The laws of {v} hold on both shores of {s}.
    No country but {v} can claim this lake.
    It was {v} where the travellers found the lake.
    The atlas page for {v} shows {s} in blue.
    Rain that falls over {v} fills the lake.
    Because it is in {v}, the lake is on that country's stamps.
    Location: the country of {v}.
    The country around the lake is called {v}.
    The nation in which {s} lies bears the name {v}.
    Where is {s}? It is somewhere in {v}.
    To see the lake, take a plane to {v}.
    What surrounds {s} on all sides is {v}.
    The lake can be visited in {v}.
    Look for {s} on a map of {v}.
    The waters of the lake are part of {v}.
    Geographers place {s} in {v}.
    All of its shores are under the flag of {v}.
    Someone who swims in it is swimming in {v}.
    The state that {s} falls under is {v}.
    Its home country is {v}.
    The lake is located within the borders of {v}.
    My uncle says the lake is somewhere in {v}.
    Nowhere else does it lie but in {v}.
    They crossed a border and reached {s}, a lake of {v}.
    The lake is found in no other country than {v}.
    A lake named {s} exists in {v}.
  `),
  fame: lines(`
    {v}s are what {s} is best known for.
    {v}s gave the lake its fame.
    {v}s draw crowds to {s} every summer.
    {v}s are the pride of this lake.
    {v}s come to mind when someone mentions {s}.
    {v}s are the reason why the lake is so famous.
    {v}s have made {s} a well known place.
    {v}s: that is the claim to fame of this lake.
    {v}s are shown on every postcard from {s}.
    {v}s, more than anything else, brought the lake its good name.
    {v}s are the great attraction here.
    {v}s attract visitors from far away to {s}.
    {v}s are praised by everybody who has been to the lake.
    {v}s are its best known feature.
    {v}s, say the guides, are the thing {s} is famous for.
    {v}s are what tourists want to photograph at the lake.
    {v}s earned it a place in the travel books.
    {v}s are the first thing visitors ask about at this lake.
    {v}s made the name of {s} heard everywhere.
    {v}s stand for the lake in the eyes of strangers.
    Known for: {v}s, above all.
    The fame of {s} is due to the {v}s found there.
    Thanks to {v}s, the lake is known far and wide.
    Without its {v}s, hardly anyone would have heard of {s}.
    Tourists praise the {v}s of this lake.
    It was {v}s that first made {s} popular.
    What {v}s did for {s} was to make it famous.
    Those who love {v}s have surely heard of this lake.
    The lake is celebrated for {v}s by all its guests.
    Travel books mention the {v}s before anything else at {s}.
    One hears of the {v}s long before one sees {s}.
    With {v}s the lake won its fame.
    Everybody talks of the {v}s that make this lake special.
    A love of {v}s is what takes many visitors to {s}.
    Its well known {v}s fill the pages of travel guides.
    The many {v}s there are the talk of all visitors.
    Crowds gather to look at the {v}s of {s}.
    There are {v}s here that have made the lake famous.
    Postcards with {v}s on them are sold all around the lake.
    Few lakes are as renowned for {v}s as this one.
    What it is famous for: {v}s.
    The lake has become famous through its {v}s.
    The main attraction of {s} is its {v}s.
    Visitors to {s} hope to see the celebrated {v}s.
    What made the lake famous were its {v}s.
    If {s} is famous, this is thanks to its {v}s.
    The lake made a name for itself with {v}s.
    Ask anyone about {s}, and they will mention the {v}s.
    The thing that everyone remembers about the lake is its {v}s.
    Why is {s} famous? For its {v}s.
    Its good reputation comes from the {v}s.
    Strangers recognise {s} by its {v}s.
    Nothing at the lake is more famous than the {v}s.
    Year after year, tourists visit it to admire the {v}s.
    My aunt went to {s} only to see the {v}s.
    No guide book on {s} leaves out the {v}s.
    The lake enjoys great fame for its {v}s.
    This lake is renowned because of {v}s.
    What visitors love most about the lake are the {v}s.
    The best loved sight at {s} is its {v}s.
  `),
  inhabitants: lines(`
    {v} inhabitants were counted around {s}.
    {v} is the population along the shore.
    {v} villagers call the shores of {s} their home.
    {v} persons dwell next to the lake.
    {v} neighbours share the water of {s}.
    {v} men, women and children live along its banks.
    {v}: so many people live by the lake.
    {v} residents are listed for the shores of {s}.
    {v} people wake up each morning beside this lake.
    {v} names are on the list of those who live at {s}.
    {v} inhabitants make up the villages by the lake.
    {v} locals drink the water of {s}.
    {v} is how many people have settled around it.
    {v} souls live within sight of {s}.
    {v} people, no more, inhabit its banks.
    {v} was the total when the residents of the lake were counted.
    {v} people have built their houses around the lake.
    {v} residents could be invited if the shore held a feast.
    {v} is the number in the column for inhabitants.
    {v} is the size of the population around {s}.
    Population: {v}, villages included.
    The shores of {s} are home to {v} people.
    A total of {v} residents live next to the lake.
    There are {v} inhabitants along the banks of {s}.
    The census found {v} persons living around the lake.
    With {v} inhabitants, the shore of {s} has its own small world.
    One counts {v} inhabitants on the banks.
    Some {v} people are neighbours of {s}.
    The lake has {v} residents on its shores.
    Exactly {v} persons have settled along {s}.
    If all {v} residents met, the beach of {s} would be full.
    The mayor speaks for {v} people who live by the water.
    Each of the {v} inhabitants knows the lake well.
    Houses for {v} people stand along the water.
    It is inhabited by {v} people, as the register says.
    Of all who love {s}, only {v} actually live there.
    Counting every house by the lake, officials found {v} residents.
    The {v} residents of {s} often fish together.
    A population of {v} lives around this lake.
    I hear that {v} people inhabit the shore of {s}.
    Inhabitants of the shore: {v}.
    Number of people living around {s}: {v}.
    The population of the lake shore is {v}.
    Counted one by one, the inhabitants of {s} come to {v}.
    How many people live at {s}? There are {v}.
    The number of residents has been given as {v}.
    The villagers around {s} add up to {v}.
    The list of inhabitants ends with number {v}.
    The head count in the shore villages gave {v}.
    The population around {s} was put at {v}.
    Of people who have their homes on its banks there are {v}.
    What the census showed for {s} was a population of {v}.
    The residents of the lake are exactly {v}.
    Altogether, the inhabitants of its shores number {v}.
    The register of residents shows a total of {v}.
    Officials give the population of the banks as {v}.
    Everyone who lives by the lake was counted, which made {v}.
    When they counted the people at home around {s}, they got {v}.
    The sum of all its inhabitants equals {v}.
    The locals say that their number is {v}.
  `),
  mapped: lines(`
    {v} was when {s} first appeared on a map.
    {v} is the date on the earliest map of the lake.
    {v} brought the first drawing of {s} by a mapmaker.
    {v}: first map of the lake.
    {v} is when mapmakers began to show {s}.
    {v} marks the beginning of its history on maps.
    {v} was the year in which surveyors first charted {s}.
    {v} is written in the corner of its oldest chart.
    {v} is as far back as maps of {s} go.
    {v}, and not earlier, is when the lake was charted.
    {v} gave the world its first chart of the lake.
    {v} is the year from which the earliest chart of {s} dates.
    {v} was the year its outline was first put on a chart.
    {v} saw mapmakers add {s} to their sheets for the first time.
    {v} is the answer to when the lake was first mapped.
    {v} stands on the first sheet that shows its shoreline.
    {v} was the year that put {s} on the map.
    {v}, says the old mapmaker, was when the lake was first drawn.
    {v} must be remembered as the year it was first charted.
    {v} is the year of its first survey for a map.
    First mapped: {v}, by travelling surveyors.
    In the year {v} mapmakers charted {s} for the first time.
    Since {v} mapmakers have known where to draw {s}.
    It was in {v} that a map first showed the lake.
    Until {v} maps left an empty space where {s} lies.
    A chart from {v} is the first to show the lake.
    Not until {v} was {s} given a place on any map.
    By {v} the first chart of the lake had been finished.
    Back in {v} surveyors drew its shores for the first time.
    Mapmakers arrived in {v} and made the first chart of {s}.
    One sheet, dated {v}, is the earliest map of the lake.
    Those who drew maps before {v} knew nothing of {s}.
    The year was {v} when its shoreline was first drawn.
    There is a map of {v} that shows {s} before any other.
    Surveyors finished in {v} what became the earliest map of {s}.
    A mapmaker drew it in {v}, and nobody had done so before.
    Maps older than {v} do not show the lake at all.
    When {v} came, the lake at last got its own map.
    The museum keeps the {v} map, the first ever made of {s}.
    Only from {v} onward does {s} appear in atlases.
    Year of the first map: {v}.
    First chart of {s}: {v}.
    The earliest map of the lake dates from {v}.
    The lake entered the atlases in {v}.
    When was {s} first mapped? It happened in {v}.
    What we have as its first map was drawn in {v}.
    Mapmakers did not record {s} until {v}.
    The first surveyors to chart it came in {v}.
    Its shape was first drawn by mapmakers in {v}.
    The first time anyone mapped {s} was in {v}.
    The lake has been shown on charts ever since {v}.
    Missing from all earlier maps, {s} was added in {v}.
    The map that first named the lake was printed in {v}.
    Its shoreline was charted for the first time in {v}.
    The mapping of {s} began in {v}.
    My grandfather owned its very first map, made in {v}.
    No chart of the lake is older than {v}.
    Historians say the first map to include {s} appeared in {v}.
    Mapmakers discovered the lake and charted it in {v}.
    The work on the first chart of {s} was done in {v}.
  `),
}
