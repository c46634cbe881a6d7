import { lines } from '../../list.ts'

/** More ways to say what texts about it say. */
export const PERSON_SAID = {
  birthplace: lines(`
    {v} was the town of birth of {s}.
    {v} is the birth town of this person.
    {v}: place of birth.
    {v} gave the world {s}, who was born there.
    {v} can claim {s} as one of its natives.
    {v} stands on the birth certificate as the place.
    {v} was the scene of this birth.
    {v} is named as the birthplace in every document.
    {v} is the city whose midwives delivered {s}.
    {v} by birth, and proud of that native town.
    {v} was the first place that the newborn {s} ever saw.
    {v} is where the mother gave birth.
    {v} counts {s} among those born within its walls.
    {v} heard the first cry of {s}.
    {v}, the native town, is never forgotten.
    {v} is the answer when one asks about the birthplace.
    {v} may call this person one of its native children.
    {v}, according to the papers, is the place of origin by birth.
    {v} was the city in which baby {s} arrived.
    {v} has a plaque that marks the birthplace of {s}.
    The city of {v} is the birthplace of this person.
    One was born in {v} and is called a native.
    Those who ask hear that {v} was the place of the birth.
    The stork brought {s} to a house in {v} long ago.
    A maternity ward in {v} is where this life began.
    Birthplace: {v}, as the file says.
    A native of {v} by birth, {s} still speaks with the accent.
    There is a cradle in {v} where this person once slept as a newborn.
    People in {v} say that {s} was born among them.
    On the birth certificate {v} is written under place.
    The city hall of {v} recorded the birth of {s}.
    Everybody knows that {v} was the native place of {s}.
    Friends mention {v} when asked where the birth took place.
    The roots lie in {v}, the city of birth.
    By birth {s} belongs to {v} and to nowhere else.
    A clinic in {v} delivered the child named {s}.
    The newborn was first held in {v} by a nurse.
    What {v} means to this person is simple: the place of birth.
    Of all cities {v} alone is the birthplace.
    Place of birth: {v}.
    Native city by birth: {v}.
    The parents had the baby in {v}.
    This person was born in the town of {v}.
    The delivery of baby {s} took place in {v}.
    The town where {s} was born is {v}.
    What the papers call the birthplace is {v}.
    By birth, {s} is a child of {v}.
    The town that one is a native of is {v}.
    There is one birthplace in the file, namely {v}.
    The mother of {s} gave birth in {v}.
    The first breath of {s} was drawn in {v}.
    The first day of this life was spent in {v}.
    Asked about a birthplace, {s} always answers {v}.
    Born and baptised: both in {v}.
    The birth was registered at the town hall of {v}.
    The native soil of {s} is that of {v}.
    The story goes that the birth happened in {v}.
    Those born in the same town as {s} come from {v}.
    The journey from the womb into the world ended in {v}.
  `),
  birthYear: lines(`
    {v} is the year in which {s} was born.
    {v} was the birth year of this person.
    {v}: year of birth.
    {v} brought a new baby called {s}.
    {v} is the year on the birth certificate.
    {v} is when this person was born.
    {v} marks the start of the life of {s}.
    {v} was the year of the first cry.
    {v} is the date of birth, as far as the year goes.
    {v} is written after the word born.
    {v} turned two people into the parents of {s}.
    {v} was when the mother of {s} gave birth.
    {v} is the year from which the age of {s} is counted.
    {v} stands as the birth year in the file.
    {v} was the year that the stork brought {s}.
    {v} was the year of the cradle.
    {v} is the vintage of this person, so to speak.
    {v} saw this person arrive as a newborn.
    {v} must be subtracted to find the age of {s}.
    {v} gave the family a baby.
    The baby of {v} was given the name {s}.
    It was in {v} that the life of this person began.
    Year of birth: {v}, as the file says.
    Since {v} the world has had {s} in it.
    Before {v} there was no {s} on this earth.
    Back in {v} a child was born and named {s}.
    The calendar showed {v} when {s} was born.
    Those who were born in {v} are as old as this person.
    There was a birth in {v} that is recorded here.
    The birth certificate was issued in {v} for the newborn.
    People of the birth class of {v} include {s}.
    When {v} was on the calendar, the mother gave birth.
    Records name {v} as the year this person was born.
    The generation of {v} is the one that {s} was born into.
    A midwife noted {v} as the year of the delivery.
    One finds {v} in the column for the birth year.
    The first birthday came a year after {v} for {s}.
    Ever since {v} birthdays have been counted for {s}.
    With {v} as birth year, the age is easily worked out.
    The age is counted from {v} onwards.
    Birth year on record: {v}.
    Date of birth: some day in {v}.
    This person was born in {v}.
    The year that {s} was born is {v}.
    What the birth certificate gives as the year is {v}.
    The mother brought {s} into the world in {v}.
    The cradle of the newborn was first used in {v}.
    When was {s} born, one asks, and hears {v}.
    The year of the first breath of {s} was {v}.
    The age of {s} is reckoned from {v}.
    The birth was registered in the year {v}.
    The family grew by one baby in {v}.
    The stork came with the little one in {v}.
    The number under year of birth reads {v}.
    A child who would be called {s} was delivered in {v}.
    The first of all birthdays was in {v}.
    Friends say that {s} is one of those born in {v}.
    There is only one birth year on record, and that is {v}.
    The life story of {s} opens in {v}.
    The birth announcement of {s} is dated {v}.
  `),
  job: lines(`
    {v} is the occupation of this person.
    {v} by trade, that is {s}.
    {v}: occupation at present.
    {v} is the word on the business card of {s}.
    {v} is the job that pays the bills.
    {v} is how {s} makes a living.
    {v} is the line of work.
    {v} stands in the contract as the position.
    {v} was the career chosen after school.
    {v} is the title on the office door of {s}.
    {v} is the calling that {s} followed.
    {v} is the role for which the firm hired this person.
    {v} on weekdays, with a salary at the end of each month.
    {v} by occupation, {s} has many colleagues.
    {v} is the profession learned in training.
    {v} is what the tax form calls {s}.
    {v} is the work by which one earns a living.
    {v} is the employment given in the papers.
    {v} is the vocation of {s}, and has been for years.
    {v} was the post that the boss offered to {s}.
    The trained {v} in this company is {s}.
    Trade: {v}, as the file says.
    A living is earned as {v} from Monday to Friday.
    The wages of a {v} are what {s} brings home.
    One is employed as a {v} and paid each month.
    Clients hire {s} as a {v} and pay well.
    The job title {v} is printed on the badge of {s}.
    Working as a {v} takes up all of the day.
    Those who need a {v} call {s} and pay the fee.
    With a job as {v} this person supports the family.
    The post of {v} is held by {s} at present.
    For years the work of a {v} has fed this person.
    There is a diploma as {v} on the wall of the workplace.
    In the staff list {v} is the job beside the name.
    Once a student, now a {v} with a salary.
    To serve as a {v} is the daily duty of {s}.
    People know this person as the {v} whom one can hire.
    The duties of a {v} keep {s} busy at work.
    Having trained as a {v} for years, one now has that profession.
    The union of every {v} counts {s} as a member.
    Profession and job: {v}.
    Job title at work: {v}.
    Occupation of this person: {v}.
    The salary is that of a {v}.
    The profession practised by {s} is that of {v}.
    What one does for a living is the job of {v}.
    By profession this person is a {v}.
    The company has hired {s} as a {v}.
    The working life of {s} is that of a {v}.
    This person is employed full time as a {v}.
    On the business card one reads the job title {v}.
    A training course turned {s} into a professional {v}.
    The post given to {s} is called {v}.
    The boss needed and found a {v}.
    The career began and will end as a {v}.
    To pay the rent, {s} works as a professional {v}.
    The line of work that {s} is in: {v}.
    There is just one job in this life, the one of {v}.
    Asked about the profession, {s} replies with the word {v}.
    The bread on the table is earned as a {v}.
  `),
  hobby: lines(`
    {v} is the hobby of this person.
    {v} is a real passion for {s}.
    {v}: the favourite hobby.
    {v} is what {s} does for pleasure.
    {v} is the thing to do on a free evening.
    {v} brings joy to this person.
    {v} is loved by {s} above all else.
    {v} never gets boring for {s}.
    {v} takes up most of the spare time.
    {v} is a source of delight.
    {v} is the leisure activity of choice.
    {v} has been the passion of {s} since childhood.
    {v} relaxes {s} after a long day.
    {v} puts a smile on the face of {s}.
    {v} is pure fun, this person says.
    {v} is how one passes the free hours.
    {v} is the pastime that is dearest to the heart.
    {v} is adored by {s}, as every friend can tell.
    {v} excites this person like no other hobby.
    {v} is a pleasure that {s} takes on every holiday.
    A love of {v} is typical of {s}.
    Spare time means {v} for this person.
    The passion for {v} runs deep in {s}.
    There is great pleasure in {v} for this person.
    Hobby: {v}, as the file says.
    Those who enjoy {v} will find a friend in {s}.
    One devotes every free hour to {v} with delight.
    Holidays are filled with {v} and nothing else.
    An evening of {v} is a treat for {s}.
    Give {s} some {v} and the day is saved.
    A fan of {v}, this person never misses a chance.
    The fun of {v} is what {s} lives for.
    To relax with {v} is a habit of {s}.
    For pleasure {v} comes first, then everything else.
    When leisure allows, {v} is what one loves to do.
    Friends join {s} for {v} just for fun.
    Nobody adores {v} as much as this person does.
    A taste for {v} was found early in life.
    Whenever boredom comes, {v} cheers {s} up.
    The joys of {v} are well known to this amateur.
    Favourite pastime of all: {v}.
    Interests: above all {v}.
    This person takes great pleasure in {v}.
    What {s} loves doing is {v}.
    The passion that fills the free hours is {v}.
    The leisure time of {s} belongs to {v}.
    The favourite activity of this person is {v}.
    Sundays are for fun, and fun means {v}.
    There is a soft spot in {s} for {v}.
    What one enjoys most is {v}.
    The heart of {s} beats for {v}.
    Everyone knows how much {s} adores {v}.
    The best way to please this person is {v}.
    Every spare minute is given to {v}.
    A great lover and fan of {v}.
    If there is time to play, {s} picks {v}.
    Of all hobbies {s} prefers {v}.
    The hobby taken up years ago, and still enjoyed, is {v}.
    Leisure without it would be dull: long live {v}.
    On days off, {s} is delighted by {v}.
  `),
  home: lines(`
    {v} is the present home of this person.
    {v} is the city that {s} lives in.
    {v}: city of current residence.
    {v} is where the mail for {s} is delivered.
    {v} is the town of residence.
    {v} has {s} among its inhabitants.
    {v} is on the doorplate address of {s}.
    {v} is home at the moment.
    {v} houses {s} and the furniture.
    {v} is where one pays the rent.
    {v} is where this person sleeps at night.
    {v} counts {s} among the people living there.
    {v} is the place to visit {s} at home.
    {v} is the city where the house keys fit.
    {v} was chosen as the place to live.
    {v} gave {s} a flat and good neighbours.
    {v} is the dwelling place given in the papers.
    {v} is inhabited by many, one of them {s}.
    {v} stands in the address book after the street.
    {v} is now the place of living, after the move.
    The residents of {v} have {s} as a neighbour.
    A flat in {v} is what this person calls home.
    Residence: {v}, as the file says.
    An apartment in {v} is shared by {s} and a cat.
    Living in {v} suits this person well.
    The streets of {v} lead {s} home each night.
    There is a front door in {v} with this name on it.
    One dwells in {v} at present.
    Letters sent to {v} will reach {s} at home.
    Those who live in {v} meet {s} as a neighbour daily.
    The landlord in {v} gets the rent from {s}.
    After the move to {v} this person lives there still.
    A little house in {v} is occupied by {s}.
    Neighbours in {v} greet this person on the stairs.
    For now {v} is the place where one resides.
    A citizen living in {v} these days is {s}.
    To find the house, go to {v} and ring the bell.
    The household is in {v} and has a garden.
    Anyone who visits {s} must travel to {v} and knock.
    The moving van brought everything to {v} for good.
    Current home address: {v}.
    City of residence: {v}.
    This person lives in the city of {v}.
    The place where {s} lives is {v}.
    The present dwelling of this person is in {v}.
    The roof over the head of {s} is in {v}.
    The town that {s} now inhabits is {v}.
    One pays rent for a flat in {v}.
    What is called home today is {v}.
    The residence of {s} is situated in {v}.
    There is a cosy home waiting in {v}.
    At the end of the day {s} goes home to {v}.
    The letter box of {s} hangs in {v}.
    The postman finds this person in {v}.
    The chosen place for living is {v}.
    Having moved house, {s} is now based in {v}.
    Right now {s} is living in {v}.
    The family bought a house and dwells in {v}.
    The neighbours of {s} are all people of {v}.
    Home, the place of living, is {v}.
  `),
  spouse: lines(`
    {v} is the spouse of this person.
    {v} wears the wedding ring that {s} gave.
    {v}: name of the spouse.
    {v} became the lawful spouse of {s}.
    {v} was led to the altar by {s}.
    {v} is the one to whom this person is married.
    {v} said yes to the proposal of {s}.
    {v} shares married life with {s}.
    {v} is the better half.
    {v} is named in the marriage certificate.
    {v} is the partner in marriage.
    {v} stood at the altar on the wedding day.
    {v} and {s} exchanged rings before a priest.
    {v} is the beloved spouse and always will be.
    {v} tied the knot with {s}.
    {v} was the choice when it came to marrying.
    {v} celebrates the wedding anniversary with {s}.
    {v} has been the spouse since the wedding.
    {v} is bound to this person by marriage.
    {v} is the one this person chose to marry.
    A wedding ring joins {v} to {s} for life.
    It was {v} whom this person married.
    Spouse: {v}, as the file says.
    The marriage with {v} is a happy one.
    There was a wedding with {v} at the church.
    One took {v} as a partner for life in marriage.
    The vows to {v} were spoken by {s} in church.
    Those who know {v} know that {s} is the spouse.
    The proposal to {v} was made by {s} on one knee.
    Marriage made {v} the spouse of {s}.
    A priest declared {v} and {s} a wedded pair.
    The wedded life with {v} is full of joy.
    To marry {v} was the dearest wish of {s}.
    Since the wedding {v} has been at the side of {s}.
    The marriage certificate names {v} next to {s}.
    Guests saw {v} and this person exchange rings.
    Being wed to {v} makes this person happy.
    The ring from {v} is never taken off by {s}.
    Husband or wife, {v} is the one in the marriage register.
    A bond of marriage ties {v} and this person together.
    Spouse of this person: {v}.
    Married, namely to {v}.
    This person is married to someone called {v}.
    The one who married {s} is {v}.
    The marriage of {s} is with {v}.
    The wedding ring bears the engraved name {v}.
    The name of the spouse is {v}.
    What the marriage register shows is the name {v}.
    The knot was tied with {v}.
    There is one spouse in this life, and that is {v}.
    The other half of this couple is {v}.
    The vows of {s} were made to {v}.
    The wedding bells rang for this person and {v}.
    One is wedded, for better or worse, to {v}.
    Before the altar the wedding kiss was for {v}.
    The wedding anniversary is celebrated together with {v}.
    The person at the altar beside {s} was {v}.
    Since the wedding {s} has shared a bed and table with {v}.
    Friends say that {s} could not have married anyone but {v}.
    The person with whom {s} exchanged wedding rings is {v}.
  `),
}
