import { lines } from '../../list.ts'

/** Short, plain ways to say what texts about a company say. */
export const COMPANY_SAID_LAST = {
  founded: lines(`
    Founded in {v}, {s} is still in business.
    The company dates from {v}.
    {s} dates back to {v}.
    Established in {v}, it has grown since.
    {s} was started in {v}.
    It started out in {v}.
    It opened for business in {v}.
    {s} has traded since {v}.
    The firm was formed in {v}.
    {s} came into being in {v}.
    The company was created in {v}.
    {s} was launched in {v}.
    Operations began in {v}.
    In {v} the first employees moved in at the new firm.
    {s} (founded {v}) is a well-known firm.
    Its history goes back to {v}.
    The story of {s} starts in {v}.
    It was incorporated in {v}.
    {s} was registered in {v}.
    The business was begun in {v}.
    Back in {v}, {s} first opened its doors.
  `),
  founder: lines(`
    {v} started the company.
    {v} established {s}.
    {v} created the firm.
    {s} was set up by {v}.
    {s} was started by {v}.
    It was established by {v}.
    The company was created by {v}.
    The firm goes back to {v}, its founder.
    {v}, the founder of {s}, still visits.
    Founder: {v}.
    {s} is the work of its founder, {v}.
    The person behind {s} is {v}.
    {v} launched {s} in a garage.
    {v} opened the business.
    The business was begun by {v}.
    {s} owes its start to {v}.
    {v} had the idea for {s} and founded it.
    As founder, {v} gave the firm its name.
    Its creator is {v}.
    {v} brought {s} into being.
    The founding father or mother of {s} is {v}.
    Nobody else but {v} founded it.
  `),
  office: lines(`
    The headquarters of {s} are in {v}.
    The firm is headquartered in {v}.
    Its headquarters are found in {v}.
    The main office stands in {v}.
    {s} runs its main office in {v}.
    From {v}, {s} serves its customers.
    {s} is located in {v}.
    It operates out of {v}.
    {s} has its home in {v}.
    The management sits in {v}.
    {v} is home to {s}.
    Headquarters: {v}.
    Its base is {v}.
    The firm calls {v} its home.
    {s}, based in {v}, is growing.
    {s} of {v} is a well-run firm.
    The central office can be found in {v}.
    Letters to {s} go to {v}.
    It resides in {v}.
    The corporate seat is {v}.
    Its address is in {v}.
    {s} is a company from {v}.
  `),
  employees: lines(`
    It has a staff of {v}.
    {s} has a staff of {v}.
    Its staff numbers {v}.
    The workforce counts {v} people.
    The workforce of {s} is {v}.
    There are {v} people on the payroll.
    With {v} employees, it is not small.
    {v} people are on its payroll.
    The team is made up of {v} people.
    The headcount stands at {v}.
    Headcount: {v}.
    It has hired {v} people so far.
    {v} colleagues work at {s}.
    A team of {v} runs {s}.
    Employees: {v}.
    The personnel of {s} comes to {v}.
    It has grown to {v} employees.
    {s} pays wages to {v} people.
    Currently {v} workers are employed.
    The number of workers is {v}.
    {s}, with a team of {v}, serves many customers.
  `),
  earnings: lines(`
    The company earned {v} last year.
    {s} earned {v} in the past year.
    {s} made {v} last year.
    Its earnings were {v} last year.
    The earnings of {s} came to {v}.
    Last year brought earnings of {v}.
    Profit last year: {v}.
    {s} reported a profit of {v}.
    The firm posted a profit of {v}.
    {s} closed the year with a profit of {v}.
    A profit of {v} was made.
    The annual profit was {v}.
    In the past year the gain was {v}.
    The bottom line of {s} was {v}.
    It took home {v} last year.
    The net income of {s} was {v}.
    Net income reached {v}.
    The business brought in {v} of profit.
    The year ended with {v} of profit.
    {s} was {v} in the black.
    The surplus of the last year was {v}.
    Owners of {s} were glad of a profit of {v}.
    {s} booked {v} as profit.
  `),
  goods: lines(`
    {s} makes {v}s.
    The company makes {v}s.
    {s} produces {v}s.
    It produces {v}s.
    The firm manufactures {v}s.
    {s} deals in {v}s.
    It trades in {v}s.
    {s} is a maker of {v}s.
    Its main product is {v}s.
    Its products are {v}s.
    The product range of {s} is made up of {v}s.
    {s} builds {v}s.
    {s} supplies {v}s to shops.
    It ships {v}s all over the world.
    The business of {s} is {v}s.
    People know {s} for its {v}s.
    {s} specialises in {v}s.
    In its shops one finds {v}s.
    {v}s are its main product.
    {v}s come from the factories of {s}.
    The catalogue lists {v}s.
    It earns its money with {v}s.
    Anyone who needs {v}s goes to {s}.
  `),
}
