import { lines } from '../../list.ts'

/** Short, plain ways to ask for what texts about a person say. */
export const PERSON_ASKED_LAST = {
  birthplace: lines(`
    Where does {s} come from?
    What is the birthplace?
    Where is {s} from originally?
    In which city did the birth take place?
    From where does {s} hail?
    In which town was {s} born?
    What city does the birth certificate of {s} name?
  `),
  birthYear: lines(`
    How old is {s}?
    What is the birth year?
    When was the birth of {s}?
    What year of birth does the passport of {s} give?
    Of which year is {s}?
    Tell me when {s} was born.
    When did the life of {s} begin?
    Which year was {s} born?
    What is the year in which {s} was born?
  `),
  job: lines(`
    What is the occupation of {s}?
    What kind of work does {s} do?
    What trade does {s} have?
    As what is {s} employed?
    What did {s} train as?
    What career does {s} have?
    Tell me the job of this person.
    What did {s} become?
  `),
  hobby: lines(`
    How does {s} relax?
    What does {s} do on weekends?
    What is a hobby of {s}?
    What does {s} do after work?
    What did {s} take up as a hobby?
    Tell me the hobby of {s}.
    To what does {s} give every free hour?
  `),
  home: lines(`
    Where is {s} at home?
    What is the residence of {s}?
    To which city has {s} moved?
    Where did {s} settle?
    Where does {s} live now?
    In which city is the address of {s}?
    Where can {s} be visited?
    Tell me where {s} lives today.
  `),
  spouse: lines(`
    Who did {s} marry?
    With whom did {s} tie the knot?
    What is the name of the spouse of {s}?
    Who became the spouse of {s}?
    With whom does {s} share life?
    Tell me who is married to {s}.
    Who is the better half of {s}?
  `),
}
