import { lines } from '../../list.ts'

/** More ways to say what texts about it say. */
export const COMPANY_SAID = {
  founded: lines(`
    {v} was the year that saw the birth of {s}.
    {v} marks the beginning of {s} as a business.
    {v} is given as the founding year of {s}.
    {v} stands above the door of {s} as the year of its foundation.
    {v} was when somebody first registered {s}.
    {v} is the year on the birth certificate of {s}, so to speak.
    {v} brought the launch of {s} to the market.
    {v} is where the story of {s} begins.
    {v} was its very first year of trading.
    {v} is the date carved into its foundation stone.
    {v} is printed under the logo as the year of origin.
    {v} counts as year one for this company.
    {v}: the year in which the company was born.
    {v} was the year the first customers walked in.
    {v} is how far back its records reach.
    {v} is when this business was called to life.
    {v} was the year of its establishment.
    {v} is celebrated there as the year of the founding.
    {v} was the moment it entered the trade register for the first time.
    {v} was the year that gave the country this new enterprise.
    Before {v} nobody had heard of {s}, for it did not exist.
    Ever since {v} the company {s} has been in business.
    Until {v} there was no {s} at all.
    Born in {v}, {s} is still active.
    {s}, established {v}, still serves its customers.
    {s} has existed from {v} onwards.
    {s} was launched in {v} and never closed.
    {s} counts {v} as its year of birth.
    The year {v} gave birth to the company.
    Those who joined in {v} were there on the very first day.
    Its doors were opened in {v} for the first time.
    It has been trading since {v} without a break.
    One reads the year {v} on its oldest documents of foundation.
    Back in {v} the company took its first steps.
    Old papers name {v} as the year it was established.
    A sign reading "Since {v}" hangs over the entrance.
    They say that {v} was the year it all began for the company.
    Around the year {v} the enterprise was brought to life.
    Every year it remembers {v}, when it was first established.
    From {v} on the firm was in existence.
    Founding year of {s}: {v}.
    The company called {s} dates from {v}.
    {s} first appeared on the market in {v}.
    {s} traces its origins back to {v}.
    {s} has been around since {v}.
    The birth year of {s} is {v}.
    When did {s} start out? It started out in {v}.
    The foundation stone of {s} was laid in {v}.
    Founded: {v}.
    Established in the year {v}.
    Year of foundation: {v}.
    The company was born in the year {v}.
    What is now a known company was only launched in {v}.
    Its first day of business fell in {v}.
    The papers that created the company were signed in {v}.
    To find its beginnings one must go back to {v}.
    Its beginnings lie in {v}.
    The firm has been alive since {v}.
    Those who look up its age will learn it was established in {v}.
    The company celebrates a birthday that goes back to {v}.
  `),
  founder: lines(`
    {v} is known as the founder of {s}.
    {v} built {s} up from nothing.
    {v} called {s} to life.
    {v} once had the idea for {s} and opened it.
    {v} is the name on the founding papers of {s}.
    {v} deserves thanks for having founded {s}.
    {v} laid the foundation stone for {s}.
    {v} is often called the parent of {s}, having started it.
    {v} established the company.
    {v} launched this business with some borrowed money.
    {v} signed the papers that created the company.
    {v} was its founder and first boss.
    {v} is remembered there as the founder.
    {v} got the whole enterprise going.
    {v}, founder of the firm, still comes by at times.
    {v} created the company out of a small workshop.
    {v} made the first step and opened this company.
    {v} gave the company its start in life.
    {v} registered the business as its first owner.
    {v} hangs on the wall there as a portrait of the founder.
    Without {v}, who founded it, there would be no {s}.
    When {v} started {s}, few people believed in it.
    Thanks to {v}, its founder, {s} came to be.
    {s}, founded by {v}, is a well known firm.
    {s} honours {v} as its founder.
    {s} has {v} to thank for its existence.
    {s} was started when {v} had a bright idea.
    At {s} people speak of {v} as the founder.
    The founder, {v}, began with a single room.
    Once upon a time {v} decided to open this business.
    A portrait of {v} as the founder hangs in the hall.
    Everyone there knows that {v} founded the place.
    It all began when {v} started the company in a garage.
    The papers name {v} as the founder.
    In the founding deed one reads {v} as the creator of the firm.
    The credit for starting it goes to {v} alone.
    Its story starts with {v}, who called it to life.
    There was a person named {v} who established the company.
    The company that {v} launched is still there.
    Long ago, {v} put up the money and founded it.
    Founder of {s}: {v}.
    Who started {s}? That was {v}.
    {s} was established by {v}.
    {s} was called to life by {v}.
    {s} is the creation of {v}.
    {s} goes back to a founder named {v}.
    The one who launched {s} is called {v}.
    The founding papers of {s} were signed by {v}.
    Founded, long ago, by {v}.
    Name of the founder: {v}.
    The business was launched by {v}.
    One person started it all, namely {v}.
    The company is the life work of its founder, {v}.
    The first to run the business, and its creator, was {v}.
    The company bears the stamp of its founder {v}.
    Those who ask who started the firm hear the name {v}.
    It was built up from nothing by {v}.
    Its foundation stone was laid by {v}.
    The idea to open such a company came from {v}.
    What we know of its founder is the name: {v}.
  `),
  office: lines(`
    {v} is where {s} has its headquarters.
    {v} is the place from which {s} is managed.
    {v} hosts the central office of {s}.
    {v} is given as the address of {s}.
    {v} houses the bosses of {s} in one big building.
    {v} can call itself the seat of {s}.
    {v} is where letters to {s} must be sent.
    {v} was chosen by {s} as the place for its headquarters.
    {v} is the town with its head office.
    {v} is its official seat.
    {v} has been picked as the site of the main office.
    {v} appears on its letterhead as the address.
    {v}: that is where the headquarters are.
    {v} is home to the company.
    {v} is the location of its central administration.
    {v} is where its managers sit at their desks.
    {v} has the honour of housing the headquarters.
    {v} is the place where the board meets in the main building.
    {v} is the city in which the firm resides.
    {v} holds the office from which everything is directed.
    Go to {v} if you want to visit the head office of {s}.
    Down in {v} stands the main building of {s}.
    The {v} address is the main one of {s}.
    {s}, a company from {v}, has its main building there.
    {s} has {v} as its home town.
    {s} uses {v} as the seat of its management.
    {s} is a {v} based company.
    {s} runs its business out of {v} and has its headquarters there.
    From {v} the company is directed.
    One must travel to {v} to see its headquarters.
    Those who live in {v} have its head office nearby.
    A tall building in {v} serves as its headquarters.
    Its managers work in {v}, at the central office.
    The city of {v} is where its main office lies.
    All letters go to {v}, where the head office is.
    Somewhere in {v} there is the central office of the company.
    The people of {v} are proud to have the headquarters there.
    Its central office, in {v}, is open every day.
    The board meets in {v}, at company headquarters.
    It calls {v} its home and has its central office there.
    Headquarters of {s}: {v}.
    Where is {s} located? It is located in {v}.
    {s} is headquartered in {v}.
    {s} has settled in {v}.
    The headquarters of {s} are situated in {v}.
    The bosses of {s} have their offices in {v}.
    The place where {s} resides is called {v}.
    Head office of the company: {v}.
    Seat of the company: {v}.
    The company is located in {v}.
    Its central office lies in {v}.
    The firm makes its home in {v}.
    All big decisions are taken at the main office in {v}.
    The city with its headquarters is {v}.
    The company is at home in {v}.
    What it calls its main address is a house in {v}.
    Those looking for its central office should go to {v}.
    Its management resides in {v}.
    The official address of the company is in {v}.
  `),
  employees: lines(`
    {v} workers earn their living at {s}.
    {v} is the number of employees at {s}.
    {v} men and women are employed by {s}.
    {v} people have a job at {s}.
    {v} staff members keep {s} running.
    {v} jobs depend on {s}.
    {v} colleagues meet each other at {s} every day.
    {v} is the size of the workforce of {s}.
    {v} people belong to its staff.
    {v} workers come to the company each morning.
    {v} is how many people it employs.
    {v} heads make up the workforce.
    {v} people receive their monthly pay from the company.
    {v} hands are hired there at the moment.
    {v} jobs are provided by the company.
    {v} persons are employed at the firm.
    {v} contracts of employment have been signed with the company.
    {v} names stand on the list of its employees.
    {v} people call this company their employer.
    {v} workers were invited to the company party.
    A workforce of {v} keeps {s} going.
    For {v} people {s} is the employer.
    Some {v} men and women go to work at {s}.
    {s}, with its {v} workers, is a known employer.
    {s} provides {v} jobs.
    {s} pays {v} people every month.
    {s} counts {v} heads among its workforce.
    {s} keeps {v} people in work.
    The company offers {v} jobs.
    It is the employer of {v} men and women.
    Its {v} staff members get a gift every winter.
    One meets {v} colleagues when one starts working there.
    A total of {v} persons are employed there.
    Each of the {v} workers has a desk of their own.
    The list of its employees has {v} names on it.
    A crew of {v} does all the work in the company.
    Altogether {v} people earn their bread there.
    The boss says that {v} people now work for the company.
    If you count all the staff, {v} is the number you get.
    No fewer than {v} people are employed by the company.
    Employees at {s}: {v}.
    How many people work at {s}? The answer is {v}.
    The number of workers at {s} is {v}.
    The workforce of {s} amounts to {v}.
    The head count of {s} stands at {v}.
    {s} has a workforce of {v}.
    {s} employs a total of {v}.
    The people who work for {s} number {v}.
    Number of employees: {v}.
    Staff at present: {v}.
    Size of the workforce: {v}.
    Its head count is {v}.
    The number of people employed there is {v}.
    What the company calls its team is a crowd of {v}.
    Those who count its workers get to {v}.
    The total of its staff members comes to {v}.
    The number of jobs at the company has reached {v}.
    The people on its staff are exactly {v}.
    It is an employer with a staff of {v}.
    One counts its personnel and arrives at {v}.
  `),
  earnings: lines(`
    {v} is the profit that {s} reported for last year.
    {v} went into the pockets of {s} as profit last year.
    {v} remained for {s} once all bills were paid.
    {v} was the annual profit of {s}.
    {v} is the sum {s} earned in the past twelve months.
    {v} is written at the bottom of last year's accounts of {s}.
    {v} flowed to {s} as earnings in the last business year.
    {v} is what {s} had made by the end of December.
    {v} was its net income last year.
    {v} in profit was reported for the past year.
    {v} was earned in the last twelve months.
    {v} is the yearly result that it announced.
    {v} was the gain, as its accounts for last year tell.
    {v} came in as profit during the past year.
    {v} made the owners happy as last year's profit.
    {v} stood on the plus side when the year was over.
    {v} could be shared among the owners as last year's gain.
    {v} was its surplus for the year.
    {v} is the amount that business brought in last year.
    {v} was made there in one year, after tax.
    With {v} in profit, {s} had a good year.
    A gain of {v} was reported by {s} for last year.
    The sum of {v} was earned by {s} in a year.
    {s} made {v} in profit last year.
    {s} earned {v} in the past twelve months.
    {s} reported {v} in net income for the year.
    {s} ended the year {v} in the black.
    {s} had {v} left after paying all its bills last year.
    A surplus of {v} remained at the end of the year.
    Net income of {v} was achieved in the last business year.
    It gained {v} last year.
    Its owners had {v} in profits to share last year.
    One sees {v} as the yearly profit in its accounts.
    The past year brought {v} in earnings to the company.
    Its annual report speaks of {v} as the profit.
    There was a profit of {v} for the company last year.
    The accountant found {v} in earnings for the past year.
    After taxes, {v} was the profit for the year.
    The company was richer by {v} when the year ended.
    Of its income, {v} remained as profit last year.
    Profit of {s} last year: {v}.
    How much did {s} earn last year? It was {v}.
    The annual profit of {s} amounts to {v}.
    The past twelve months brought {s} earnings of {v}.
    {s} made money last year, namely {v}.
    {s} announced a yearly profit of {v}.
    {s} was able to report earnings of {v}.
    The surplus of {s} for last year was {v}.
    Profit for the year: {v}.
    Earnings of the last year: {v}.
    Net income after tax: {v}.
    Its earnings in the last business year amounted to {v}.
    The annual result of the company was a plus of {v}.
    What remained after all expenses last year was {v}.
    Those who read its accounts find a yearly gain of {v}.
    The money earned by the company in one year was {v}.
    One year of business left the company a surplus of {v}.
    The owners were pleased to hear of a profit of {v}.
    The past year ended with a plus of {v}.
    The accountant put the profit of the company at {v}.
  `),
  goods: lines(`
    {v}s are sold by {s}.
    {v}s can be bought at {s}.
    {v}s fill the shelves of {s}.
    {v}s are the business of {s}.
    {v}s bring customers to {s}.
    {v}s leave the stores of {s} every day in great numbers.
    {v}s from {s} are in great demand.
    {v}s are the product on which {s} depends.
    {v}s are its best selling product.
    {v}s are to be had there at a fair price.
    {v}s make up its whole range of products.
    {v}s of all sizes can be ordered from the company.
    {v}s are shown in its shop window.
    {v}s are the goods it trades with.
    {v}s are delivered by the company to buyers everywhere.
    {v}s are advertised on all its posters.
    {v}s, cheap or dear, are its line of business.
    {v}s are what its customers ask for at the counter.
    {v}s are its stock in trade.
    {v}s have long been the product of this company.
    For {v}s, {s} is the right place to shop.
    Whoever wants a {v} can buy one from {s}.
    Anyone who needs {v}s should call {s}.
    {s} supplies {v}s to its customers.
    {s} has {v}s in stock.
    {s}, the seller of {v}s, has new prices.
    {s} puts {v}s on the market.
    {s} earns its money with {v}s that it sells.
    Its shops sell {v}s to young and old.
    One can order a {v} from its catalogue.
    Those who buy {v}s there are seldom disappointed.
    The sale of {v}s is its trade.
    The company brings {v}s to market.
    Its product range consists of {v}s in every colour.
    There are {v}s for sale at the company.
    It is a dealer in {v}s with many customers.
    In the shop window a {v} waits for a buyer.
    The slogan on its posters promises {v}s for everyone who can pay.
    The company delivers {v}s to your door.
    You get {v}s there if you pay the price.
    Products of {s}: {v}s.
    What can one buy at {s}? One can buy {v}s.
    {s} is a seller of {v}s.
    {s} does business in {v}s.
    {s} is the name to remember when you want to buy a {v}.
    The shelves of {s} are full of {v}s.
    Customers of {s} go home with a {v}.
    The product that made {s} famous is the {v}.
    Now for sale there: {v}s.
    Main product of the firm: {v}s.
    The company deals in all kinds of {v}s.
    Its business is selling {v}s.
    The goods in its stores are {v}s.
    Its customers pay good money for {v}s.
    What the company has on its price list are {v}s.
    Those who enter its shop come out with a {v}.
    Its salespeople will gladly sell you a {v}.
    The company supplies the market with {v}s.
    The article most often sold there is a {v}.
    Its advertisements praise the quality of its {v}s.
  `),
}
