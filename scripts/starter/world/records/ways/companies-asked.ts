import { lines } from '../../list.ts'

/** More ways to ask for it. */
export const COMPANY_ASKED = {
  founded: lines(`
    Age of {s}, or year it was founded?
    Year of foundation, please?
    When was {s} established?
    In what year did the doors first open?
    Give the date of establishment.
    How old a company is {s}, going by its founding year?
    What year saw the birth of {s}?
    At what time in history was {s} launched?
    {s} has been in business since when?
    I wonder when this company got going.
    Look up when {s} came into existence.
    In what year does the story of {s} open?
    What is the year of establishment of {s}?
    For how many years has the company existed?
    Which year is given as its date of foundation?
    When did somebody first set up the business?
    The beginnings of {s} lie in which year?
    Year the business began?
    Please say when it was first established.
    Can you date the founding of {s}?
    When did {s} first start to operate?
    What year stands on the founding papers of {s}?
    During which year was the company born?
    How early was {s} founded?
    How many years ago was {s} brought to life?
    In what year did the founding take place?
    Established in which year?
    Write down when {s} was launched.
    When did operations at {s} first get under way?
    What point in time marks the origin of the firm?
  `),
  founder: lines(`
    Founding figure behind {s}?
    Founder, by name?
    Who established {s}?
    Who launched the company?
    Which individual laid the foundations of {s}?
    {s} was the creation of whom?
    Give the name of the person behind its founding.
    Who got {s} off the ground?
    Whom do we have to thank for founding {s}?
    Look up who first established the company.
    Who built {s} from nothing?
    Founded by whom?
    Who brought the business to life?
    What person is named as founder of {s}?
    I would like to know who gave {s} its start.
    Through whose effort did {s} come about?
    Whose name is linked with the founding of the firm?
    Please identify the founder of {s}.
    Who called {s} into being?
    At whose hands did the company come into existence?
    Can you say who began {s}?
    Who was responsible for establishing the business?
    By whom was {s} launched?
    Who may call themselves the founder here?
    Which man or woman set up {s}?
    The founder: what is that person called?
    Who had the plan to open {s} and carried it out?
    Show me who did the founding.
    Who is the father or mother of {s}?
    From whom does the company take its beginning?
  `),
  office: lines(`
    Headquarters of {s}?
    Location of the head office?
    Where is {s} headquartered?
    In which city are its headquarters located?
    What is the hometown of {s}?
    Give the seat of the company.
    Where on the map would I look for {s}?
    Where has {s} set up its main office?
    {s} runs its business out of which city?
    Where do the bosses of {s} have their offices?
    Look up the location of {s}.
    What town houses the central office?
    I have to send a letter to {s}; which city?
    Which place does {s} call home?
    City of the main office?
    Please point out where the company is situated.
    Where are the main premises of {s} located?
    At what location does its management sit?
    In what part of the world is {s} based?
    The headquarters stand in what city?
    To which city would I travel to see {s}?
    Where can one find the central office of the firm?
    Which city hosts {s}?
    What place is given as its corporate seat?
    Can you locate {s} for me?
    Where is the company domiciled?
    Out of what town does {s} operate?
    Which city should I write on a parcel to the head office?
    Show the town where {s} resides.
    Main base of the business?
  `),
  employees: lines(`
    Staff size of {s}?
    Number of employees, please?
    What is the headcount of {s}?
    How many persons are employed by {s}?
    How many staff members are there in total?
    Give the employee count of {s}.
    How many jobs does {s} provide?
    To how many people does {s} pay wages?
    {s} employs how many people?
    How many hands work for the company?
    Look up the total of workers employed.
    What figure is stated for the staff of {s}?
    How numerous is its personnel?
    How many colleagues would I have at {s}?
    I would like to know how many people {s} employs.
    How many men and women earn their living at {s}?
    What is the number of people on staff?
    Headcount of the firm?
    Counting everyone, how many work there?
    Please report how big the staff is.
    How many people would a full staff meeting of {s} bring together?
    How many have a job at {s}?
    What total of employees does {s} count?
    For how many workers is the company the employer?
    Can you put a number on the workforce of {s}?
    How large a team does {s} have?
    How many people has it hired in all?
    The personnel of {s} consists of how many people?
    How many salaries does the company have to pay?
    Show me how large the personnel is.
  `),
  earnings: lines(`
    Last year's takings at {s}, after costs?
    Earnings for last year?
    What was the net income of {s}?
    How profitable was {s} last year?
    How much profit did the company report?
    Give the annual profit of {s}.
    What did last year's business bring in for {s}?
    How well did {s} do financially last year?
    {s} made how much profit?
    What result did the company post for the past year?
    Look up how much money was earned last year.
    How much did the past twelve months yield for {s}?
    What amount did {s} net?
    With what profit did {s} finish last year?
    I want to know what {s} made last year, in dollars.
    Which figure is given for its earnings?
    What was the bottom line of {s}?
    How many dollars did it earn?
    Last year's profit in dollars?
    How big a profit came out of the business?
    Please quote the yearly income of {s}.
    To what sum did the earnings of {s} amount?
    How much income did {s} have last year?
    What financial result did the firm achieve?
    Can you say how much was gained by the company?
    How much richer did {s} become in the last year?
    How many dollars of profit were recorded?
    What surplus was achieved in the last business year?
    Show what the firm earned in the previous year.
    How much did the owners see as profit from {s}?
  `),
  goods: lines(`
    Items sold by {s}?
    Goods sold by the company?
    What line of business is {s} in?
    What product is {s} known for?
    Which articles does the company sell off its shelves?
    Give the goods on its price list.
    What would I buy if I went to {s}?
    What items fill the catalogue of {s}?
    {s} earns its money by selling what?
    What is the company's merchandise?
    Look up the wares of {s}.
    What sort of product leaves the warehouse of {s}?
    What does the business deal in?
    Which merchandise does {s} put on the market?
    I wonder what {s} has for sale.
    What does the firm supply to its customers?
    Which goods can be ordered from {s}?
    What kind of thing is being sold?
    Please describe what the company sells.
    With what products does {s} do business?
    What does a customer of {s} carry away?
    What are buyers able to purchase there?
    What is the product range of {s}?
    Which wares does the company bring to market?
    Can you say what {s} markets?
    What does {s} have in its shop windows?
    Its main product is what?
    What do the sales people of {s} try to sell?
    Show which items are offered for sale.
    Type of goods on sale?
  `),
}
