import { lines } from '../../list.ts'

/** Short, plain ways to ask for what texts about a company say. */
export const COMPANY_ASKED_LAST = {
  founded: lines(`
    When was it set up?
    How old is {s}?
    When did {s} start up?
    In which year was the firm formed?
    When did it open for business?
    What is the founding year of {s}?
    Since when has {s} been in business?
    When did the company come into being?
    When was {s} launched?
    Tell me when {s} was created.
    What year was the company incorporated?
    How far back does {s} go?
  `),
  founder: lines(`
    Who started the company?
    Who is the founder?
    Who created the firm?
    Who launched {s}?
    Who brought {s} into being?
    Who is behind {s}?
    By whom was {s} established?
    Who opened the business?
    Tell me who founded the firm.
    Who began {s}?
  `),
  office: lines(`
    Where is the main office?
    Where is the company located?
    Where is {s} located?
    Out of which city does it operate?
    Where does {s} come from?
    Where does its management sit?
    Where can I find the head office of {s}?
    Tell me where the company is based.
    What is the base of {s}?
    To which city do letters to {s} go?
  `),
  employees: lines(`
    How big is the staff of {s}?
    How many people work for {s}?
    How many workers are there?
    What is the headcount?
    How large is the workforce of {s}?
    How many employees work at {s}?
    How many people are on the payroll?
    How big is its team?
    How many staff does {s} have?
    To how many people does {s} give work?
    Tell me the number of workers.
    How many colleagues are there at {s}?
  `),
  earnings: lines(`
    How much did the company make last year?
    What was the net income?
    How much profit was there?
    What was the annual profit of {s}?
    What profit did the firm post?
    How large was its surplus?
    With what profit did {s} close the year?
    What did {s} make last year?
    Tell me the profit of {s}.
    How well did {s} earn last year?
    What was the bottom line?
  `),
  goods: lines(`
    What does the company produce?
    What does {s} deal in?
    What are its products?
    What does the firm manufacture?
    What is the main product of {s}?
    In what does {s} specialise?
    What is the business of {s}?
    What does it trade in?
    What does {s} build?
    Tell me what {s} produces.
    With what does {s} earn its money?
    What kind of goods does {s} supply?
  `),
}
