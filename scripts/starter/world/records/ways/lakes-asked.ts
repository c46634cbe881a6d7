import { lines } from '../../list.ts'

/** More ways to ask for it. */
export const LAKE_ASKED = {
  depth: lines(`
    Can you say how many metres {s} goes down?
    According to the text, how deep are the waters of {s}?
    {s} is how deep?
    Give the depth of {s}.
    Please look up how deep the bed of {s} lies.
    What depth does {s} reach?
    How many metres of water lie above the floor of {s}?
    A stone dropped in {s} sinks how many metres?
    Down to what depth does the water of {s} go?
    If I dived to the floor of {s}, how deep would that be?
    How long a line would touch the bottom of {s}?
    Let me know the depth measured in {s}.
    Is {s} deep or shallow, and by how many metres?
    What is the greatest depth of {s}?
    How many metres under the surface does {s} end?
    The depth of {s}?
    Write down how many metres deep {s} is said to be.
    Depth?
    Depth in metres?
    How many metres down is the lake bed?
    Say how deep the lake is.
    What figure is given for its depth?
    How far would an anchor sink before touching ground?
    How deep does the water get?
    Its depth, please.
    To how many metres does the lake go down?
    How much water is there between boat and bottom?
    What depth does the text mention?
    How far can one sink in the lake?
    What depth in metres was sounded there?
  `),
  country: lines(`
    Can you tell me in what country {s} lies?
    According to the text, where is {s} located?
    {s} lies in which country?
    Give the country in which {s} is found.
    Please look up where {s} is situated.
    Which nation has {s} within its borders?
    On the soil of which country is {s}?
    Whose territory is {s} in?
    In what part of the world is {s} found?
    For a trip to {s}, which country should I fly to?
    Within the borders of what country does {s} lie?
    Let me know the home country of {s}.
    What land is {s} in?
    On the map of which country do I look for {s}?
    Which state does {s} belong to?
    The country of {s}?
    I want to visit {s}; what country is that in?
    Country?
    In which country?
    Where is it situated?
    What is the name of the country around the lake?
    Say where the lake is located.
    Which country can call this lake its own?
    In what land would I be when swimming there?
    Where on the globe is the lake?
    The location of the lake, please.
    Which country does the text place it in?
    Write down the country it is in.
    What country do its shores belong to?
    Which flag flies over the land around the lake?
  `),
  fame: lines(`
    Can you say what made {s} famous?
    According to the text, what is {s} noted for?
    {s} is famous for what?
    Give the reason for the fame of {s}.
    Please look up what {s} is renowned for.
    What is special about {s}?
    For what do visitors come to {s}?
    Which attraction draws visitors to {s}?
    What is the great attraction of {s}?
    By what have most people heard of {s}?
    What gave {s} its good name?
    What should a tourist not miss at {s}?
    Let me know what {s} is celebrated for.
    Thanks to what is {s} widely known?
    What do travellers hope to see at {s}?
    The fame of {s} rests on what?
    What sets {s} apart from other lakes?
    Known for what?
    Famous because of what?
    What does the lake draw its fame from?
    Say what people know the lake for.
    What are its most famous features?
    Which sights make tourists come?
    For which sight is it best known?
    Its claim to fame, please.
    What does the text say it is famous for?
    What does everybody connect with the lake?
    Write down what the lake is known for.
    What would a travel guide praise there?
    To what does the lake owe its reputation?
  `),
  inhabitants: lines(`
    Can you tell me how many inhabitants {s} has?
    According to the text, how many residents live around {s}?
    {s} has how many inhabitants?
    Give the number of inhabitants of {s}.
    Please look up the population figure for {s}.
    What is the population at {s}?
    How many persons dwell on the banks of {s}?
    By how many people are the shores of {s} inhabited?
    How big is the community living round {s}?
    How many neighbours does {s} have on its shores?
    Let me know how many folk are settled at {s}.
    A count of the residents by {s} gave what number?
    How many souls live along {s}?
    What did the census find as the population of {s}?
    How many locals are there at {s}?
    The population of {s}?
    For how many inhabitants is {s} home?
    Population?
    Number of inhabitants?
    How many inhabitants are there?
    How many people reside by the lake?
    Say how many people have settled there.
    What population figure is mentioned in the text?
    How many residents were counted?
    Do many people live there, and how many exactly?
    How many people wake up beside the lake each day?
    The number of residents, please.
    Write down how many inhabitants the lake has.
    How populous is the area of the lake?
    How many people does the shore have as residents?
  `),
  mapped: lines(`
    Can you say in which year {s} was mapped first?
    According to the text, when did mappers first record {s}?
    {s} was first mapped when?
    Give the year of the earliest map of {s}.
    Please look up when {s} was first charted.
    What is the date of the first map of {s}?
    How long has {s} been on the map?
    In what year did {s} get its first map?
    When did a mapmaker draw {s} for the first time?
    From what year dates the earliest chart of {s}?
    Since what year have there been maps of {s}?
    Let me know when {s} first came onto a map.
    When were the shores of {s} first put on paper?
    In which year was the first mapping of {s} done?
    What year saw the first chart of {s}?
    The first map of {s} was drawn when?
    Until what year was {s} missing from all maps?
    First mapped when?
    Year of the first map?
    When was the lake charted for the first time?
    Say when the lake was first mapped.
    Which year stands on its earliest map?
    When did its first map come out?
    From when is the oldest chart?
    In what year did mapping of the lake begin?
    The date of the earliest map, please.
    Which year of first mapping does the text mention?
    When did mapmakers first show the lake?
    Write down the year of its first mapping.
    Since when do maps show the lake?
  `),
}
