import { lines } from '../../list.ts'

/** All other ways to ask for what texts about a person say. */
export const PERSON_ASKED_REST = {
  birthplace: lines(`
    Where does {s} come from originally?
    Where is {s} from by birth?
    Where does {s} hail from?
    Where did the birth of {s} take place?
    Where was {s} born and raised?
    What city was {s} born in?
    What town does {s} originally come from?
    Which town is {s} a native of?
    Which city does {s} originally come from?
    Which city is given as the birthplace of {s}?
    Do you know where {s} was born?
    Name the city where {s} was born.
    Give the place of birth of {s}.
    I would like to know where {s} was born.
    Where did the birth take place?
    Where did the mother give birth?
    Where was the baby born?
    Where did this person's life begin?
    What is the city of birth?
    What is this person's native town?
    What place does the birth certificate name?
    Which city is the birthplace?
    Which town is named as the place of birth?
    In which town does the passport place the birth?
    Place of birth?
    Born where?
    Please state the place of birth.
    Tell me the native city of this person.
  `),
  birthYear: lines(`
    When exactly was {s} born, by year?
    When did the parents of {s} have their baby?
    What is the year of birth of {s}?
    What year did {s} come into the world?
    What year was {s} born?
    What year of birth does {s} have?
    Which year is the birth year of {s}?
    Which year saw the birth of {s}?
    In what year was {s} born?
    In which year did {s} come into the world?
    Since what year has {s} been alive?
    Do you know when {s} was born?
    Give the birth year of {s}.
    Name the year when {s} was born.
    I would like to know the birth year of {s}.
    When was the birth?
    When did the mother give birth?
    When did the baby arrive?
    What year is on the birth certificate?
    What year was this person born?
    What birth year does the passport give?
    Which year is given as the year of birth?
    Which year does the birth date from?
    In which year was the birth?
    In what year was this person born?
    In what year was the baby born?
    Born when?
    Please state the year of birth.
    Tell me the birth year of this person.
  `),
  job: lines(`
    What is the trade of {s}?
    What is the job title of {s}?
    What job does {s} have?
    What is {s} by profession?
    What does {s} do professionally?
    How does {s} earn a living?
    Which profession does {s} practise?
    Which occupation does {s} have?
    In what job does {s} work?
    Name the profession of {s}.
    Do you know what {s} works as?
    What is the job?
    What is the profession?
    What is the occupation?
    What is the job title?
    What does this person do for a living?
    What does this person work as?
    What kind of job is it?
    What position does the contract name?
    How does this person earn money?
    Which job does this person have?
    Which profession is given?
    Which trade is it?
    What is the current job of this person?
    As what is this person employed?
    Occupation?
    Profession?
    Please state the occupation.
    Tell me what this person does for work.
  `),
  hobby: lines(`
    What is {s} into?
    What is {s} passionate about?
    What is {s} interested in?
    What is the favourite hobby of {s}?
    What is the passion of {s}?
    What does {s} do at weekends?
    What does {s} like to do?
    What hobby does {s} have?
    How does {s} like to pass the time?
    Which pastime does {s} enjoy?
    Which leisure activity does {s} like?
    On what does {s} spend free time?
    Do you know what {s} likes?
    What is the hobby?
    What is the favourite pastime?
    What is the main hobby?
    What is the favourite leisure activity?
    What does this person like?
    What does this person enjoy?
    What does this person do for fun?
    What is this person fond of?
    What fills the free hours?
    How is the free time spent?
    Which hobby is named?
    Which pastime is the favourite?
    Which hobby does this person have?
    On what is spare time spent?
    Hobbies?
    Favourite pastime?
    Please state the hobby.
    Tell me what this person likes to do.
  `),
  home: lines(`
    Where does {s} live these days?
    Where has {s} moved to?
    Where is {s} based?
    Where is the residence of {s}?
    Where is the house of {s}?
    What is the home address of {s}?
    What is the city of residence of {s}?
    What town does {s} live in?
    Which town is home to {s}?
    Which city is {s} a resident of?
    In which town does {s} reside?
    In which city does {s} have a home?
    Name the city where {s} lives.
    Do you know where {s} lives?
    Where does this person reside now?
    Where is the home?
    Where is the house?
    Where is the flat?
    Where is the family home?
    What is the city of residence?
    What is the current place of residence?
    What is the home address?
    What city does this person live in?
    Which city is home now?
    Which town is the place of residence?
    In which city is the home?
    In which town is the house?
    Place of residence?
    Current home?
    Please state the home address.
    Tell me the city where this person lives.
  `),
  spouse: lines(`
    Who is the life partner of {s}?
    Who is {s} wedded to?
    Who got married to {s}?
    Whom did {s} marry?
    Whom did {s} choose as a partner for life?
    With whom does {s} share married life?
    To whom is {s} married?
    What is the husband or wife of {s} called?
    Which person did {s} marry?
    Which person is the spouse of {s}?
    Tell me who {s} is married to.
    Name the spouse of {s}.
    Give the name of the partner of {s}.
    Do you know who {s} married?
    Who is the spouse?
    Who is the partner?
    Who is the life partner?
    Who is the husband or wife?
    Who is this person married to?
    Who did this person marry?
    Who is the other half of the couple?
    Whom does the marriage certificate name?
    With whom was the wedding?
    To whom is this person married?
    What is the spouse called?
    What is the partner's name?
    Which name is entered as the spouse?
    Please state the spouse.
    Tell me the name of the partner.
  `),
}
