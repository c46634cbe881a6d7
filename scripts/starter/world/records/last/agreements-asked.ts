import { lines } from '../../list.ts'

/** Short, plain ways to ask for what texts about an agreement say. */
export const AGREEMENT_ASKED_LAST = {
  start: lines(`
    When does {s} start?
    When does {s} begin?
    When did {s} start?
    When did it begin?
    When does it take effect?
    When did {s} come into force?
    When does it enter into force?
    When does {s} commence?
    When does the term begin?
    What is the effective date?
    What is the effective date of {s}?
    What is the start date of {s}?
    What is the commencement date?
    On what date does {s} begin?
    On which day does it take effect?
    As of what date is {s} valid?
    From what date does {s} apply?
    From which day is it in force?
    Since when has it been in effect?
    Since when is {s} valid?
    From what day on is {s} in effect?
    What day does {s} kick in?
    What was the first day of {s}?
    What is the first day of the term?
    What date does the contract run from?
    When does {s} become effective?
    When did it become valid?
    When did the contract go into effect?
    When does the contract period start?
    Tell me the start date of {s}.
    Tell me when it starts.
    Please give the date on which {s} takes effect.
    Find the effective date.
    Start date?
    Start date of {s}?
    State the date it came into force.
    Do you know when {s} begins?
    Can you tell me the date it takes effect?
    What does {s} say about its start?
  `),
  notice: lines(`
    What is the notice period of {s}?
    How long is the notice period of {s}?
    How can {s} be terminated?
    How can it be ended?
    How can one cancel {s}?
    How does one get out of {s}?
    How does either side end the contract?
    How much notice does {s} require?
    How much notice does it take to cancel?
    How much notice must be given to terminate {s}?
    How much notice must a party give?
    How much notice do we have to give?
    How many days' notice does {s} require?
    How many days of notice are needed to end {s}?
    How long before leaving must notice be given?
    How far in advance must {s} be cancelled?
    How far ahead must one announce a termination?
    How early must one give notice?
    How soon can {s} be ended after notice?
    With what notice can {s} be terminated?
    With what notice may either party withdraw?
    What is the cancellation period of {s}?
    What is the termination period?
    What is the required notice?
    What notice does {s} require?
    What notice is needed to terminate?
    What does {s} say about termination?
    What does {s} say about cancelling?
    What are the terms for ending {s}?
    What notice period applies?
    Which notice period does {s} set?
    Can {s} be cancelled, and with how much notice?
    How much warning must be given before terminating?
    Tell me the notice period.
    Tell me how {s} can be ended.
    Notice period?
    Notice period of {s}?
    Please state the notice period for termination.
    Find the notice period in the agreement.
    When must notice be given to end it?
  `),
  fee: lines(`
    What is the fee for {s}?
    What is the monthly fee for {s}?
    What is the monthly fee under {s}?
    What does {s} cost per month?
    What does {s} cost?
    What does it cost?
    What is the monthly cost?
    What is the monthly price of {s}?
    What is the price per month?
    What is the monthly rate?
    What is the monthly charge under {s}?
    What is charged per month?
    What is paid each month for {s}?
    What is the monthly payment?
    What fee does {s} set?
    What fee is due each month?
    What fee was agreed?
    What price was agreed for {s}?
    What does the customer pay per month?
    What does the provider charge a month?
    How much is the monthly fee?
    How much is the fee for {s}?
    How much does it cost a month?
    How much does {s} cost per month?
    How much is due monthly under {s}?
    How much is charged each month?
    How much do we pay for {s} every month?
    How much does the provider get per month?
    How high is the fee under {s}?
    How expensive is {s} per month?
    How expensive is it?
    Which monthly fee was agreed upon?
    Which amount is payable every month?
    Tell me the monthly fee.
    Tell me what {s} costs per month.
    Monthly fee?
    Monthly fee of {s}?
    Please state the fee for {s}.
    Find the monthly price.
    What does {s} say about the fee?
  `),
  payment: lines(`
    When is payment due under {s}?
    When are invoices due?
    When are invoices due under {s}?
    When do invoices have to be paid?
    When must one pay under {s}?
    When must the customer pay?
    When does payment fall due?
    When is a bill overdue under {s}?
    When is an invoice considered late?
    Within what time must one pay?
    Within what period is payment due under {s}?
    Within how many days must invoices be paid?
    How long does {s} allow for payment?
    How long does the customer have to pay?
    How long does one have to pay an invoice under {s}?
    How long is the payment term?
    How long is the payment period of {s}?
    How long may an invoice stay unpaid?
    How many days are there to pay?
    How many days does {s} give for payment?
    How many days is the payment term of {s}?
    How quickly must invoices be paid?
    How quickly does {s} require payment?
    How soon must one pay?
    How soon is payment due under {s}?
    How soon after the invoice is payment due?
    What is the payment term?
    What is the payment term of {s}?
    What is the payment period?
    What is the payment deadline under {s}?
    What are the payment terms?
    What is the deadline for paying invoices?
    What payment term does {s} set?
    What does {s} say about paying invoices?
    Which payment deadline applies to {s}?
    Tell me the payment term.
    Tell me when payment is due under {s}.
    Payment term?
    Payment term of {s}?
    Please state by when invoices must be paid.
  `),
  law: lines(`
    Which law applies to {s}?
    Which law governs {s}?
    Which law governs it?
    Which country's law governs {s}?
    Which country's laws apply to {s}?
    Which country's law was chosen?
    Which country has jurisdiction over {s}?
    Which law did the parties choose?
    Which law is {s} subject to?
    Which law is it based on?
    Under which law does {s} fall?
    Under which country's law was it made?
    Under what law is {s} interpreted?
    Under what jurisdiction does it fall?
    What is the governing law?
    What is the applicable law?
    What is the applicable law for {s}?
    What law applies?
    What law applies to {s}?
    What law does the contract follow?
    What law is it subject to?
    What is the choice of law in {s}?
    What country's legal rules are binding?
    What country's law governs it?
    What country's law does {s} name?
    What jurisdiction applies?
    By what country's laws is it governed?
    Whose law applies?
    Whose laws govern {s}?
    Where does the governing law come from?
    Disputes over {s} are decided under which law?
    Tell me the governing law of {s}.
    Tell me which country's law applies.
    Governing law?
    Governing law of {s}?
    Please name the law that applies.
    Find the governing law.
  `),
  signer: lines(`
    Who signed {s}?
    Who has signed {s}?
    Who signed?
    Who signed the contract?
    Who signed the document?
    Who signed off on it?
    Who signed off on {s}?
    Who is the signer?
    Who is the signer of {s}?
    Who is the signatory?
    Who was the signatory to it?
    Who was it signed by?
    Who was {s} signed by?
    Who executed {s}?
    Who inked {s}?
    Who put their name to {s}?
    Who put their name on it?
    Who was the person who signed {s}?
    Whose signature is on {s}?
    Whose signature does it carry?
    Whose signature is under {s}?
    Whose name is on the signature line?
    By whom was {s} signed?
    By whom was the contract signed?
    Which person signed {s}?
    Which person put pen to paper?
    What is the name of the signer?
    What is the name of the signatory of {s}?
    What name is signed at the bottom?
    What signature does {s} bear?
    Tell me who signed it.
    Signer of {s}?
    Please name the signatory.
    Do you know who signed the agreement?
  `),
}
