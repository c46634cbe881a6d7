import { lines } from '../../list.ts'

/** More ways to ask for it. */
export const AGREEMENT_ASKED = {
  start: lines(`
    Since when has {s} been binding?
    Give the commencement date of {s}.
    Effective date of {s}?
    Beginning of the contract term?
    When do the obligations under {s} first apply?
    I need to know when {s} kicks in.
    What calendar date opens the term of {s}?
    Could you tell me when {s} went live?
    {s} became effective on which date?
    At what point in time did {s} become valid?
    Please look up the effective date.
    Day of entry into force?
    When was the agreement due to commence?
    Which date is given for its commencement?
    What is the earliest day that {s} covers?
    {s} is valid starting when?
    When exactly does the term of {s} open?
    Starting date, please?
    Show me when it enters into force.
    How soon does {s} become active?
    On what date did the parties let {s} begin?
    Do you know when it became operative?
    When will both sides first be bound by {s}?
    Which day, month and year does the agreement run from?
    Write down when the contract began.
    Point out the date at which {s} enters into effect.
    When did the life of this contract commence?
    What day is stated as the launch of {s}?
    Is there a start date in the text, and which?
    The date of commencement, please.
  `),
  notice: lines(`
    Notice needed to quit {s}?
    Length of the cancellation period?
    What advance notice does ending {s} call for?
    If a party wants out of {s}, how much notice applies?
    Under what condition may either side terminate {s}?
    Describe the termination clause of {s}.
    What period of notice was agreed for termination?
    Suppose we want to quit; how long beforehand must we announce it?
    How many days lie between giving notice and leaving {s}?
    Give the cancellation terms, please.
    I want to end {s}; how much warning is required?
    What must a party do to withdraw from {s}?
    How is the contract brought to an end?
    How much in advance does one have to announce termination?
    Terminating {s} requires how many days' notice?
    Is {s} terminable, and at what notice?
    What lead time does cancelling the agreement require?
    Please quote the termination notice in {s}.
    On how short a notice can {s} be dropped?
    Which notice has to be observed when quitting?
    How long in advance must a cancellation of {s} be declared?
    Days of warning before termination?
    When cancelling, what waiting time must the parties respect?
    Look up what notice is needed to exit {s}.
    What are the rules for walking away from {s}?
    By giving what notice can a party end it?
    Can we leave {s}, and how far in advance must we say so?
    Explain how to cancel it.
    {s} stays in effect for how long after somebody gives notice?
    Required notice for ending it?
  `),
  fee: lines(`
    Monthly cost of {s}?
    Fee per month, please?
    What amount does {s} fix as the monthly fee?
    How many dollars a month go into {s}?
    Give the amount charged each month.
    What do we spend on {s} each month?
    For what monthly price are the services provided?
    {s} costs how much per month?
    What rate is billed monthly under {s}?
    I would like to know the price named in {s}.
    Every month, what amount does the client owe under {s}?
    How large is the regular monthly payment?
    What is the agreed price?
    Look up what we are charged under {s}.
    How much does the provider get for each month?
    Show me the dollar amount of the fee.
    What remuneration does {s} provide for?
    Which monthly rate did the parties settle on?
    How big a fee comes with {s}?
    What figure does the text give as the cost?
    The monthly rate under {s}, please.
    How much is being billed for one month of service?
    What would a single month under {s} set me back?
    At what price per month was {s} concluded?
    Amount of the monthly charge?
    Can you say what {s} costs?
    What compensation is paid month by month?
    How much cash changes hands monthly because of {s}?
    Quote the price that the customer pays.
    Please report the fee that {s} lays down.
  `),
  payment: lines(`
    Payment period under {s}?
    Days allowed for paying invoices?
    How long after billing does payment fall due?
    What are the payment terms of {s}?
    When do bills have to be settled under {s}?
    Once an invoice arrives, how many days remain to pay it?
    Give the due time for invoices.
    What time limit applies to payments under {s}?
    Invoices under {s} are payable within how many days?
    By what point must the client have paid a bill?
    Until when can one wait before paying?
    I got a bill for {s}; how long may I take to pay?
    How many days' credit does {s} grant?
    Look up the deadline for settling bills.
    When would a payment under {s} count as late?
    After what period is an unpaid invoice overdue?
    How promptly does {s} require payment?
    Time limit for payments?
    Please say how soon invoices have to be paid.
    What grace does the customer get for paying bills under {s}?
    Within which period does money owed under {s} have to arrive?
    What is the maximum delay for paying an invoice?
    How many days are granted to the payer?
    Show the payment window of {s}.
    Due date for bills, in days?
    How long is the term of payment in {s}?
    Is there a limit on how long paying may take, and which?
    Counted in days, how much time for payment does {s} allow?
    What does {s} say about when to pay?
    Explain by when a bill for {s} must be paid.
  `),
  law: lines(`
    Which law for {s}, by country?
    Applicable law, which country?
    What jurisdiction's law covers {s}?
    Under the laws of which nation was {s} made?
    Which state's legislation is {s} subject to?
    What does {s} say about applicable law?
    Give the choice of law, please.
    In legal matters, which country's law is to be used?
    If the parties go to court, whose national law counts?
    Which legal system controls {s}?
    Look up what law the contract falls under.
    According to which national law is {s} to be read?
    {s} is governed by the law of which country?
    I need the legal system that applies here.
    Whose laws would a judge use to interpret {s}?
    Which nation's legal code is the contract based on?
    What country is named in the choice-of-law clause of {s}?
    Country of the applicable law?
    Please quote which law rules {s}.
    What body of law do the parties submit to?
    Is a particular country's law chosen in {s}, and which?
    Disputes over {s} are settled under the law of what land?
    What national law was agreed upon?
    Under which country's legal order does the agreement fall?
    Show me the jurisdiction of {s}.
    Which land's statutes bind the parties to {s}?
    From what country do the governing rules come?
    Legal basis: law of which country?
    Can you say what law is applicable to {s}?
    Where do the laws behind {s} come from?
  `),
  signer: lines(`
    Signature on {s}, from whom?
    The signer's name?
    Who added their signature to {s}?
    Which individual signed off on {s}?
    Whose signature does {s} bear?
    {s} carries the signature of whom?
    Give the name of whoever signed it.
    Look up the signer of {s}.
    Who was the person signing?
    I want to know who put their name to {s}.
    At the bottom of the page, whose signature appears?
    What person's signature made {s} official?
    Who set their hand to the contract?
    Please identify the person that signed {s}.
    Which name was written on the signature line of {s}?
    By which person has the agreement been signed?
    Who inked the deal?
    Under whose signature was {s} concluded?
    Can you tell whose signature this is?
    Signed by whom?
    Who gave {s} a signature?
    Which of the people involved signed {s}?
    Show me the name beside the signature.
    Who executed {s} with pen and ink?
    From whom did the signature on {s} come?
    Is it known who signed, and what is the name?
    Whom do we find as signatory in the text?
    The undersigned of {s} is who?
    Who did the signing of {s}?
    Person who signed the contract?
  `),
}
