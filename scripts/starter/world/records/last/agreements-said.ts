import { lines } from '../../list.ts'

/** Short, plain ways to say what texts about an agreement say. */
export const AGREEMENT_SAID_LAST = {
  start: lines(`
    {s} begins on {v}.
    {s} starts on {v}.
    {s} takes effect on {v}.
    It takes effect on {v}.
    It becomes effective on {v}.
    {s} became effective on {v}.
    The effective date is {v}.
    The effective date of {s} is {v}.
    Its start date is {v}.
    The start date of {s} is {v}.
    {s} commences on {v}.
    This agreement shall commence on {v}.
    The commencement date is {v}.
    It enters into force on {v}.
    {s} entered into force on {v}.
    It came into effect on {v}.
    {s} has been in force since {v}.
    It has been in effect since {v}.
    {s} is effective as of {v}.
    The contract is effective from {v}.
    {s} runs from {v}.
    It runs from {v} onward.
    The term begins on {v}.
    The term of {s} commences on {v}.
    The contract term starts {v}.
    {v} is the start date.
    {v} is the effective date of {s}.
    {v} is the day on which {s} starts.
    On {v} it takes effect.
    On {v}, {s} came into force.
    As of {v}, {s} is in effect.
    As of {v}, the terms apply.
    From {v} on, {s} applies.
    Starting {v}, the contract is in force.
    Beginning on {v}, {s} binds both sides.
    With effect from {v}, {s} is valid.
    {s} has a start date of {v}.
    It has {v} as its start date.
    {s} lists {v} as its effective date.
    {s} names {v} as the first day of the term.
    The first day of the term is {v}.
    The first day of {s} is {v}.
    {s} kicked off on {v}.
    It kicks in on {v}.
    It goes live on {v}.
    {s} became valid on {v}.
    Its validity begins on {v}.
    {s} has been valid since {v}.
    The parties set the start for {v}.
    Both sides are bound by it from {v}.
    The contract has been running since {v}.
    {s} became operative on {v}.
    Its terms apply from {v}.
    The beginning of {s} falls on {v}.
    {s} is not in force before {v}.
    The contract period opens on {v}.
    Services under it begin on {v}.
  `),
  notice: lines(`
    {s} can be terminated with {v} notice.
    It may be ended on {v} notice.
    Either side may cancel it with {v} notice.
    {s} may be cancelled by either party on {v} notice.
    The notice period of {s} is {v}.
    Its notice period is {v}.
    It has a notice period of {v}.
    {s} has a notice period of {v}.
    {s} requires {v} notice for termination.
    Termination requires {v} written notice.
    Terminating {s} takes {v} notice.
    Ending {s} requires notice of {v}.
    Cancellation requires {v} notice.
    The cancellation period is {v}.
    The cancellation period of {s} is {v}.
    The termination notice is {v}.
    The termination period is {v}.
    Notice of termination must be given {v} in advance.
    Notice must be given {v} before the end.
    A notice of {v} is required to terminate {s}.
    A notice period of {v} applies.
    A notice period of {v} applies to {s}.
    A party that wants out must give {v} notice.
    Whoever wants to leave {s} must give {v} notice.
    To terminate {s}, one must give {v} notice.
    To cancel, give {v} notice.
    To get out of {s} you need {v} notice.
    With {v} notice, either side can leave.
    With {v} notice, {s} can be cancelled.
    On {v} notice either party may withdraw from {s}.
    After {v} notice, {s} ends.
    {v} notice is required for termination.
    {v} notice is enough to end {s}.
    {v} is the notice period.
    {v} is the notice period of {s}.
    {v} of notice must be given before cancelling.
    The parties agreed on a notice period of {v}.
    {s} sets the notice period at {v}.
    {s} provides for {v} notice of termination.
    {s} stipulates a notice period of {v}.
    {s} lets either side quit with {v} notice.
    {s} allows termination upon {v} prior notice.
    Both parties may terminate upon {v} written notice.
    Either party can end {s} by giving {v} notice.
    Either side can pull out with {v} notice.
    One may withdraw by giving notice {v} ahead.
    It ends {v} after notice is given.
    {s} expires {v} after notice of termination.
    It remains in force for {v} after a notice of termination.
    Termination takes effect {v} after the notice.
    The required notice is {v}.
    The notice required by {s} is {v}.
    The length of the notice period is {v}.
    Termination must be announced {v} in advance.
    The other side must be told of a termination {v} ahead.
    Anyone leaving {s} must say so {v} beforehand.
    It cannot be ended with less than {v} notice.
    No party may leave {s} without {v} notice.
    At least {v} notice is needed to cancel it.
    {s} is terminable on {v} notice.
  `),
  fee: lines(`
    The fee for {s} is {v} per month.
    The monthly fee for {s} is {v}.
    The monthly fee under {s} comes to {v}.
    It costs {v} per month.
    The cost is {v} per month.
    The monthly cost of {s} is {v}.
    The price is {v} a month.
    The monthly price is {v}.
    The monthly price of {s} is {v}.
    The monthly rate is {v}.
    The monthly charge is {v}.
    The monthly charge under {s} is {v}.
    The monthly amount due is {v}.
    The monthly payment is {v}.
    The monthly payment for {s} is {v}.
    Its monthly fee is {v}.
    It has a monthly fee of {v}.
    {s} has a monthly fee of {v}.
    {s} carries a fee of {v} per month.
    {s} sets a monthly fee of {v}.
    {s} provides for a fee of {v} a month.
    {s} fixes the monthly fee at {v}.
    The fee was set at {v} per month.
    The parties agreed on a monthly fee of {v}.
    Both sides agreed on {v} per month.
    A fee of {v} is payable monthly.
    A monthly fee of {v} applies.
    A monthly fee of {v} is charged under {s}.
    A fee of {v} per month is due for {s}.
    {v} is the monthly fee.
    {v} is the monthly fee for {s}.
    {v} is charged per month.
    {v} is due every month under {s}.
    {v} is paid each month for {s}.
    {v} per month is the fee.
    The customer pays {v} per month.
    The client pays a monthly fee of {v}.
    Under {s}, the client pays {v} monthly.
    Customers are charged {v} each month.
    The provider charges {v} per month.
    The provider receives {v} a month under {s}.
    The supplier bills {v} monthly.
    One pays {v} a month for {s}.
    We pay {v} per month for {s}.
    For {s}, {v} is owed every month.
    For its services, the provider gets {v} per month.
    Every month, {v} must be paid.
    Every month {s} costs {v}.
    Per month, {s} comes to {v}.
    Monthly, the fee amounts to {v}.
    The fee amounts to {v} a month.
    The fee under {s} amounts to {v} monthly.
    With a fee of {v} per month, all services are covered.
    At {v} a month, {s} covers all services.
    In return, {v} is paid per month.
    The services are priced at {v} per month.
    The services cost {v} a month.
    {s} is priced at {v} per month.
    {s} requires a payment of {v} every month.
  `),
  payment: lines(`
    Under {s}, payment is due within {v}.
    Payment under {s} is due in {v}.
    Payment must be made within {v}.
    Payments are due {v} after the invoice date.
    Payment is due {v} after receipt of the invoice.
    Invoices are due within {v}.
    Invoices are payable within {v}.
    Invoices must be paid within {v}.
    Invoices under {s} are payable in {v}.
    Invoices under {s} fall due after {v}.
    All invoices shall be paid within {v} of receipt.
    Each invoice has to be settled within {v}.
    Every bill under {s} must be settled within {v}.
    Bills are to be paid within {v}.
    Bills fall due after {v}.
    The payment term is {v}.
    The payment term in {s} is {v}.
    Its payment term is {v}.
    The payment period is {v}.
    The payment period under {s} is {v}.
    The payment deadline is {v} after invoicing.
    The deadline for paying is {v} from the invoice date.
    The time limit for payments under {s} is {v}.
    The due date is {v} after the invoice.
    The payment terms are {v} net.
    The payment terms of {s} are net {v}.
    {s} has a payment term of {v}.
    {s} sets a payment period of {v}.
    {s} gives the customer {v} to pay.
    {s} allows {v} for payment.
    {s} requires payment within {v}.
    {s} provides for payment within {v} of invoicing.
    {s} demands that invoices be paid within {v}.
    The customer has {v} to pay.
    The customer must pay within {v}.
    The client shall pay each invoice within {v}.
    The client has {v} to settle an invoice under {s}.
    The buyer has to pay in {v}.
    Customers get {v} to pay their bills.
    We have {v} to pay an invoice under {s}.
    Within {v}, payment must be made.
    Within {v} of the invoice date, {s} requires payment.
    Within {v}, every invoice has to be settled.
    {v} is the payment term.
    {v} is the payment period under {s}.
    {v} is allowed for payment.
    {v} is the deadline for paying invoices under {s}.
    A payment term of {v} applies.
    A payment period of {v} applies to {s}.
    A payment deadline of {v} was agreed.
    The parties agreed on payment within {v}.
    An invoice may stay unpaid for {v} at most.
    An invoice is overdue after {v}.
    A payment under {s} is late after {v}.
    After {v}, an unpaid invoice is overdue.
    Paying an invoice may take {v}.
    The money is due {v} after billing.
    No later than {v} after invoicing, {s} requires payment.
  `),
  law: lines(`
    {s} is governed by the law of {v}.
    {s} is governed by the laws of {v}.
    It is governed by the laws of {v}.
    The laws of {v} govern it.
    The laws of {v} apply.
    The laws of {v} govern {s}.
    The law of {v} governs {s}.
    The law of {v} applies to {s}.
    The governing law is that of {v}.
    The governing law of {s} is that of {v}.
    Its governing law is the law of {v}.
    The applicable law is that of {v}.
    The applicable law for {s} is the law of {v}.
    It is subject to the law of {v}.
    {s} is subject to the laws of {v}.
    {s} falls under the law of {v}.
    It falls under the laws of {v}.
    {s} comes under the law of {v}.
    It is under the jurisdiction of {v}.
    {s} is under the jurisdiction of {v}.
    This agreement shall be governed by the laws of {v}.
    It shall be construed under the laws of {v}.
    {s} is to be interpreted under the law of {v}.
    It is interpreted according to the laws of {v}.
    {s} was made under the law of {v}.
    It was concluded under the laws of {v}.
    {s} is based on the law of {v}.
    It rests on the law of {v}.
    It follows the law of {v}.
    {s} follows the laws of {v}.
    {s} applies the law of {v}.
    {s} names the law of {v} as governing.
    {s} specifies {v} as the governing law.
    It lists {v} under governing law.
    The parties chose the law of {v}.
    The parties to {s} chose the law of {v}.
    The parties agreed on the law of {v}.
    Both sides are bound by the law of {v}.
    The choice of law is {v}.
    The choice of law in {s} is {v}.
    The governing law clause names {v}.
    The law clause of {s} points to {v}.
    Disputes are decided under the law of {v}.
    Disputes over {s} are settled under the laws of {v}.
    Any dispute is judged by the law of {v}.
    Courts apply the law of {v} to it.
    Legally, it falls under {v}.
    Legally, {s} is subject to {v}.
    {v} is the governing law.
    {v} is the country whose law governs {s}.
    {v} is the country whose law applies.
    {v} has the laws that govern {s}.
    {v} is the country named under governing law.
    {v} has jurisdiction over it.
    {v} provides the governing law of {s}.
    Under {s}, the law of {v} applies.
    Only the law of {v} applies to it.
    The law in force for it is that of {v}.
    As for the law, {s} uses that of {v}.
    For legal questions, the law of {v} counts.
  `),
  signer: lines(`
    {s} was signed by {v}.
    {v} signed {s}.
    {v} has signed it.
    {v} has signed {s}.
    {v} signed the agreement.
    {v} signed on behalf of the company.
    {v} is the signer.
    {v} is the signer of {s}.
    {v} is the person who signed it.
    {v} is the one who signed {s}.
    {v} was the one who signed.
    {v} put pen to paper on {s}.
    {v} signed off on it.
    {v} signed off on {s}.
    {v} gave it a signature.
    {v} set a signature to {s}.
    {v} signed the papers.
    {v} signed the document in person.
    {v} signed as representative.
    {v} inked the deal.
    {v} inked {s}.
    {v} executed the agreement as signatory.
    The agreement was signed by {v}.
    The contract was signed by {v}.
    The document is signed by {v}.
    Signed by {v}, {s} is complete.
    Signed: {v}.
    The signer is {v}.
    The signer of {s} is {v}.
    The signatory is {v}.
    The signatory to {s} is {v}.
    Its signatory is {v}.
    Its signer was {v}.
    The person who signed {s} was {v}.
    The name of the signer is {v}.
    The name under {s} is {v}.
    The name on the signature line is {v}.
    The signature on {s} is that of {v}.
    The signature is from {v}.
    The signature on it belongs to {v}.
    It carries the signature of {v}.
    {s} carries a signature by {v}.
    It has the signature of {v} on it.
    {s} has {v} as its signatory.
    It lists {v} as the signer.
    {s} names {v} as signatory.
    It came with a signature from {v}.
    {s} was executed by {v}.
    It was undersigned by {v}.
    At the bottom of {s} is the signature of {v}.
    At the end stands the signature of {v}.
    On the last page, {v} signed.
    It was {v} who put a name to it.
    A signature by {v} made it official.
    With the signature of {v}, {s} was sealed.
  `),
}
