import { lines } from '../../list.ts'

/** More ways to ask for it. */
export const PERSON_ASKED = {
  birthplace: lines(`
    Where was {s} delivered as a baby?
    Can you say which town {s} was born in?
    Which city did the mother of {s} give birth in?
    {s} is a native of what town?
    Please give me the birthplace of {s}.
    At which spot on the map did the birth of {s} happen?
    {s} was born where, exactly?
    Birthplace of {s}?
    Look up the city in which {s} was born.
    I would like to know the place where {s} was born.
    Which town can call itself the birthplace of {s}?
    From which city does {s} originally come?
    What town was {s} brought into the world in?
    Which place does the birth certificate of {s} mention?
    Does the text say where {s} was born, and if so, where?
    Write down the home town by birth of {s}.
    Which city gave the world {s}?
    What was the very first city in the life of {s}?
    In whose city records is the birth of {s} entered?
    City of birth?
    Place of birth, please.
    Where was this person born?
    What is the native town of this person?
    In what place did the birth occur?
    Which city is given as the birthplace?
    Quote the birthplace from the text.
    Where did this person take a first breath?
    Show me the town where this person was born.
    What location is listed for the birth?
    Native city, according to the text?
  `),
  birthYear: lines(`
    How far back does the birth of {s} lie, by year?
    Birth year of {s}?
    {s} was born in what year?
    Please give the year in which {s} was born.
    Can you tell me what year {s} was born?
    What is the year on the birth certificate of {s}?
    Which year marks the start of the life of {s}?
    The arrival of {s} as a baby was in which year?
    From which year does the life of {s} run?
    Look up the year of birth for {s}.
    With which year does the life story of {s} open?
    I want to know the year {s} was born.
    What number stands for the birth year of {s}?
    {s} belongs to those born in which year?
    In which year was the mother of {s} delivered of the child?
    On the calendar, what year brought the birth of {s}?
    When exactly, in years, was {s} born?
    During which year was {s} a newborn?
    In the register of births, {s} is entered under what year?
    Year of birth?
    Born in which year?
    Year born, please.
    When was this person born?
    What year is listed for the birth?
    Give me the four digits of the birth year.
    Which year is this person's date of birth in?
    When did the birth take place?
    Copy the year of birth from the text.
    In what year was this person a new baby?
    Date of birth, year only?
  `),
  job: lines(`
    Job of {s}?
    Which line of work is {s} in?
    {s} earns a living as what?
    What does {s} do for work?
    Please say what kind of work {s} does.
    What job title does {s} carry?
    By what work does {s} pay the bills?
    Which craft does {s} practise?
    In what capacity is {s} employed?
    I would like to know the occupation of {s}.
    What would the business card of {s} say as a job?
    What role does {s} fill in working life?
    Which profession has {s} taken up?
    What trade did {s} learn and follow?
    Look up what {s} is by profession.
    What sort of worker is {s}?
    What is the daily work of {s}?
    Under which occupation would one list {s}?
    What is it that pays the wages of {s}?
    Profession, please, in one word.
    Occupation of this person?
    What is this person's job?
    Give the profession named in the text.
    Which line of work is mentioned?
    What kind of employment does this person have?
    How is this person's salary earned?
    Write down the trade this person works in.
    What position at work is described?
    What career is spoken of here?
  `),
  hobby: lines(`
    Hobby of {s}?
    At leisure, {s} can be seen busy with which hobby?
    What does {s} do for fun?
    Which activity gives {s} the most pleasure?
    {s} is a fan of what?
    Please name something that {s} likes.
    What does {s} have a passion for?
    What are the likes of {s}?
    Which leisure activity does {s} prefer?
    In what does {s} take delight?
    What is {s} crazy about?
    I would like to know what {s} enjoys.
    What would please {s} on a day off?
    What interest does {s} pursue outside of work?
    To what does {s} give the free hours?
    What thing is dear to {s}?
    Which pleasure appeals to {s} above all?
    What kind of fun is {s} into?
    With what does {s} relax on days off?
    Look up the hobby that belongs to {s}.
    Favourite pastime of this person?
    What is this person's hobby?
    What is liked by this person?
    Hobby, please, as given in the text.
    Which free-time activity is mentioned?
    What brings this person joy?
    Write down what this person enjoys.
    What does this person take pleasure in?
    Give me this person's main interest or hobby.
    What is said about leisure and likes?
  `),
  home: lines(`
    Home city of {s} today?
    Where is {s} living now?
    {s} currently lives where?
    Which town is {s} living in at present?
    What is the current home city of {s}?
    Please tell me the city of residence of {s}.
    In which town does {s} have a house?
    Where would I send a letter to {s}?
    Where does {s} dwell these days?
    Which city counts {s} among its inhabitants?
    Where does {s} sleep at night, in which city?
    Where would one visit {s} at home?
    I would like to know where {s} resides.
    Which place does {s} now call home?
    Look up the town {s} lives in today.
    Where is the front door of {s} to be found?
    What town stands in the postal address of {s}?
    Where has {s} taken up residence?
    Among the people of which town does {s} live?
    City of residence?
    Current home, please.
    Where does this person live?
    What is this person's present address?
    In what place is this person's household?
    Give the city where this person now lives.
    Which city is named as the residence?
    Where is this person a resident nowadays?
    Write down the current place of living.
    Where are the living quarters of this person located?
    What city is lived in at the moment?
  `),
  spouse: lines(`
    Spouse of {s}?
    Who is the husband or wife of {s}?
    {s} is married to whom?
    With whom did {s} exchange rings?
    Please give the name of the person {s} married.
    Who stood beside {s} at the altar?
    Who married {s}?
    Which name does the better half of {s} bear?
    Who wears the other wedding ring, next to {s}?
    With which person did {s} tie the knot?
    {s} calls whom husband or wife?
    I would like to know whom {s} married.
    Who is the partner in marriage of {s}?
    To whom is {s} bound by marriage?
    Look up the wife or husband of {s}.
    Who is {s} the wife or husband of?
    What is the first name of the spouse of {s}?
    Who shares married life with {s}?
    Whom did {s} choose to marry?
    What name does the marriage certificate give beside {s}?
    Name of the spouse?
    Married to whom?
    Who is this person's spouse?
    Whom did this person marry?
    Give me the name of the husband or wife.
    Who is named as the marriage partner?
    What is this person's partner called?
    Write down who the married partner is.
    Who is the other half of this couple?
    With whom was the wedding held?
  `),
}
